# What the Telegram surface says by itself.

telegram-more = … and { $count } more
telegram-question = { $number } of { $of }: { $question }
telegram-choose = { $where ->
    [group] Press one, or reply to this message with another.
   *[private] Press one, or type another.
}
telegram-choose-match = { $where ->
    [group] Press one, or reply to this message with the first letters of another.
   *[private] Press one, or type the first letters of another.
}
telegram-answer-by-reply = Reply to this message with your answer.
telegram-matches = These begin with “{ $typed }”:
telegram-no-match = Nothing begins with “{ $typed }”.
telegram-form-cancelled = Not asked any more. Nothing was done.
telegram-inline-trade = Trade { $ticker }
telegram-inline-none = No coin begins with that: open pumpbox
telegram-inline-away = Our database does not answer: try again in a minute
telegram-sent-privately = I answered in our private chat.
telegram-open-private = That is for you alone. Open our private chat and ask again there.
telegram-open-button = Open private chat
telegram-only-text = I read text only. Type a command, or /help for what I can do.
telegram-anonymous = I can't tell who you are: you write as the group or a channel. Turn off "Remain anonymous" for yourself, or write to me in private.
telegram-gone-button = This button is too old. Send the command again.
telegram-closed-question = This question is not open for you any more. Send the command again.
telegram-failed = Something went wrong on our side. It may have been done all the same: look at /portfolio before you repeat it. If it goes on, give the operator this reference: { $reference }

telegram-home-rights = This coin has no topic of its own: I lack the right to make one. Make me an administrator of this group with “Manage topics”; the next coin gets its topic.
telegram-home-no-forum = This coin has no topic of its own: this group has none. An administrator can turn “Topics” on in the group's settings; /home off ends this line.
telegram-home-elsewhere = This coin has no topic of its own: topics are begun in this group alone. Say /home here.
telegram-home-refused = This coin has no topic of its own: Telegram made none. Its news come here.
telegram-welcome = I launch coins and trade them, right here in the group
telegram-welcome-launch = /launch and a theme opens a mystery box for all to see, for example: /launch space cats
telegram-welcome-look = /new shows the newest coins, /help all I can do. A coin's address, sent as a reply to me, shows its card.
telegram-welcome-private = Balances and addresses stay private. I answer commands, replies to me and coins' addresses; what else is said here I don't keep.
telegram-welcome-topics = To give each coin its own topic, make me an administrator with “Manage topics” and say /home here.
telegram-add-to-group = Add to a group
