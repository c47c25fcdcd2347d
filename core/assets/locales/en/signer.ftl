# What the signer refuses, and nobody before it does (see errors.ftl). Each error says what is wrong; `.next` says what to do.

error-order-invalid = This order can't be signed: its { $field } is not valid.
    .next = Nothing was signed. Start again with a new order; if it happens again, tell the operator.

error-order-stale = This order is too old to sign.
    .next = Nothing was signed. Ask for a new quote and confirm that one.

error-wallet-unknown = There is no wallet of ours with this address.
    .next = Open /wallet to see your wallet. If it is gone, tell the operator: its key may need to be restored.

error-network-fee-limit = The network fee asked for is above the limit of { $limit } SOL.
    .next = Nothing was signed. Wait until the chain is less busy, then try again.

error-trade-limit = One order may spend at most { $limit } SOL.
    .next = Use a smaller amount, or split it into several orders.

error-withdraw-address = That is not a Solana address.
    .next = Copy the whole address from your other wallet (32 to 44 letters and digits) and try again.

error-withdraw-to-program = That address belongs to a coin or a program of the chain: what is sent there is lost.
    .next = Copy your receiving address from your other wallet and try again.

error-keeper-only = Only the keeper's own wallet may do this.
    .next = Nothing was signed. Trade from your own wallet: /wallet shows it.

error-keeper-wallet = The keeper's wallet does what a keeper does, and nothing else.
    .next = Nothing was signed. Use another wallet.

error-keeper-budget = The keeper's budget of { $budget } SOL in 24 hours has { $left } SOL left.
    .next = It goes on as the budget frees. A larger one is set with KEEPER_DAILY_SOL.
