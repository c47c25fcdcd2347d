# Building blocks
value = { $value }
sol = { $amount } SOL
sol-about = ≈ { $amount } SOL
tokens = { $amount } { $ticker }
percent = { $value }%
price = { $sol } SOL per { $ticker }
fee = { $amount } ({ $percent }%)
deposit-most = { $amount } SOL at most, with the first buy of a coin only
deposit-page = { $amount } SOL, which comes back once the rewards have expired
minimum = { $amount } (at most { $percent }% worse)
progress = { $bar } { $percent }%
coin-title = { $name } (${ $ticker })
coin-line = { $cap } SOL market cap · { $percent }% of the curve · { $holders ->
    [one] { $holders } holder
   *[other] { $holders } holders
}
coin-line-pool = { $cap } SOL market cap · on Raydium · { $holders ->
    [one] { $holders } holder
   *[other] { $holders } holders
}
picture-of = Picture of { $name }
picture-sealed = A sealed mystery box
form-usage = Or in one line: { $usage }

# Buttons
button-launch = Launch
button-launch-box = Open a mystery box
button-reroll = Reroll ({ $left } left)
button-cancel = Cancel
button-again = Try again
button-help = Help
button-new = Newest coins
button-wallet = My wallet
button-preset = { $value }
button-confirm-buy = Confirm buy
button-confirm-sell = Confirm sale
button-confirm-withdraw = Confirm withdrawal
button-confirm-launch = Confirm launch
button-confirm-claim = Confirm claim
button-new-quote = New quote
button-pool = The pool
button-raydium = Raydium
button-buy = Buy { $sol }
button-sell = Sell { $share }
button-sell-all = Sell all
button-explorer = See the transaction
button-copy-signature = Copy the signature
button-copy-address = Copy address
button-copy-mint = Copy mint address
button-portfolio = Portfolio
button-withdraw = Withdraw
button-refresh = Refresh
button-buy-other = Buy another amount
button-older = Older
button-newer = Newer
button-look = Look at { $ticker }

# Start and help
start-title = Launch coins and trade them, right here in the chat
start-body = A mystery box gives a coin its name, ticker and picture. One press puts it on a Solana bonding curve: nobody can mint more of it, its creator can't pull the money out, and the curve always buys back.
start-private = Type /launch and a theme, for example: /launch space cats
start-group = Everybody here can open boxes, buy and sell. Balances and addresses stay private.
start-footer = Bots that message you first are scams. This one never does.
help-title = Commands
help-footer = A mint address that you send me gives the coin's card.

# The box
box-sealed = A mystery box is sealed: { $theme }
box-step-name = Finding a name nobody has…
box-step-art = Painting its picture…
box-step-publish = Publishing picture and metadata…
box-step-done = Ready.
box-sealed-footer = The commitment fixes what is inside before anyone has seen it.
box-opened-footer = Launch costs about 0.008 SOL in rent and fees. Rerolls come from the same committed seed.
box-commitment = Commitment
box-rarity = Rarity
box-theme = Theme
box-launching = Launching…
box-launched = Launched.
box-cancelled = The box is gone: { $theme }
box-cancelled-next = Nothing was spent. /launch opens another one.
rarity-common = ⚪ Common
rarity-uncommon = 🟢 Uncommon
rarity-rare = 🔵 Rare
rarity-epic = 🟣 Epic
rarity-legendary = 🟡 Legendary

# Orders
buy-quoted = Buy { $name } (${ $ticker })?
buy-signed = Buying { $ticker }…
buy-sent = Buying { $ticker }…
buy-landed = Bought { $ticker }
buy-failed = { $ticker } was not bought
buy-expired = { $ticker } was not bought
buy-unknown = Not known yet whether { $ticker } was bought
buy-cancelled = Not bought: { $ticker }
sell-quoted = Sell { $name } (${ $ticker })?
sell-signed = Selling { $ticker }…
sell-sent = Selling { $ticker }…
sell-landed = Sold { $ticker }
sell-failed = { $ticker } was not sold
sell-expired = { $ticker } was not sold
sell-unknown = Not known yet whether { $ticker } was sold
sell-cancelled = Not sold: { $ticker }
launch-quoted = Launch { $name } (${ $ticker })?
launch-signed = Launching { $name } (${ $ticker })…
launch-sent = Launching { $name } (${ $ticker })…
launch-landed = { $name } (${ $ticker }) is live
launch-failed = { $name } was not launched
launch-expired = { $name } was not launched
launch-unknown = Not known yet whether { $name } was launched
launch-cancelled = Not launched: { $name }
withdraw-quoted = Withdraw?
withdraw-signed = Withdrawing…
withdraw-sent = Withdrawing…
withdraw-landed = Withdrawn
withdraw-failed = Nothing was withdrawn
withdraw-expired = Nothing was withdrawn
withdraw-unknown = Not known yet whether the withdrawal went through
withdraw-cancelled = Not withdrawn
claim-quoted = Claim your reward?
claim-signed = Claiming your reward…
claim-sent = Claiming your reward…
claim-landed = Reward claimed
claim-failed = The reward was not claimed
claim-expired = The reward was not claimed
claim-unknown = Not known yet whether the reward was claimed
claim-cancelled = Reward not claimed
order-following = On its way to the chain; this message will say how it ends.
order-fee-kept = The network keeps its fee for the attempt.
quote-footer = The quote holds for { $seconds } seconds.
quote-partial = Only this much is left on the curve. You pay for what is left when it lands: { $most } SOL at most.
row-pay = You pay
row-sell = You sell
row-receive = You receive
row-paid = Paid
row-sold = Sold
row-received = Received
row-price = Price
row-average = Average price
row-impact = Price impact
row-fee = Fee
row-minimum = Minimum received
row-network-fee = Network fee
row-deposit = Account rent
row-amount = Amount
row-to = To
row-left-today = Daily limit left
row-mint = Mint
row-cost = Cost

# Wallet, portfolio, coins
wallet-title = Your wallet
wallet-test-money = Test money on the embedded chain: worth nothing, good for trying everything.
wallet-deposit = Send SOL to this address to trade with it.
wallet-custody = Held for you by this installation. /withdraw sends your SOL to any wallet, up to a daily limit.
wallet-balance-away = the chain does not answer now
row-address = Address
row-balance = Balance
portfolio-title = Your portfolio
portfolio-empty = You hold no coins yet. /new shows the newest, /launch makes one.
portfolio-footer = Worth: what selling all of it now would bring, before the fee. Gain: that and what you sold for, less what you paid.
portfolio-more = and { $count } more
row-total = Worth in all
holding = { $amount } { $ticker } ({ $name })
holding-worth-only = worth { $worth } SOL
holding-worth = worth { $worth } SOL · gain { $gain } SOL
coin-complete = The curve has sold everything it sells. Its liquidity moves to Raydium next; until then you can sell on the curve.
row-market-cap = Market cap
row-progress = Curve
row-trades-on = Trades on
row-liquidity = Liquidity
venue-pool = Raydium pool
row-holders = Holders
row-volume = Volume
new-title = The newest coins
new-end = There are no older ones.
new-empty = No coins yet. The first one could be yours.
cancel-done = { $count ->
    [one] One thing thrown away.
   *[other] { $count } things thrown away.
}
cancel-nothing = There was nothing to cancel.
coin-bought = 🟢 { $sol } SOL bought ${ $ticker }
coin-bought-detail = { $tokens } { $ticker } for { $trader }
coin-graduated = 🎉 { $name } (${ $ticker }) is on Raydium
coin-graduated-detail = Its liquidity is in a pool there, locked for good: the shares of the pool were burnt. You can go on buying and selling it right here.
coin-completed = 🎓 { $name } (${ $ticker }) has sold out its curve

# Where coins get their threads
home-off = Coins launched here get no thread of their own
home-off-next = /home here gives each one its own topic or thread in this chat: its card, its big buys, its people.
home-here = Each coin launched here gets a thread of its own
home-there = Each coin launched here gets a thread of its own in { $place }
home-on-next = It begins with the coin's card, and its news go there. I need the right to make topics or threads. /home off ends it.
