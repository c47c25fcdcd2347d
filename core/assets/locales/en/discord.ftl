# Words of the Discord surface's own.

discord-open-form = Fill in
discord-open-again = Fill in again
discord-for-example = for example { $values }
discord-look-up = Look up coin
discord-more = … and { $count } more
discord-choose = Choose one
discord-copy-line = { $label }:
discord-store-away = Not done: our database can't be reached right now. Nothing was lost or changed; try again in a minute.
discord-news = There is news
discord-news-private = <@{ $user }>, it is for your eyes only, and I write to nobody who has not written to me. /portfolio here shows you what you hold; send me one command in private, and such news come to you there.
discord-home-lacks = It was to have a thread of its own in <#{ $channel }>. There I lack the permission: { $permission }. Who manages this server can give it, or end this with /home off.
discord-home-wrong = It was to have a thread of its own in <#{ $channel }>, but that is no text or forum channel of this server that I can see. /home here, or /home and another channel, mends it.
discord-home-full = It was to have a thread of its own in <#{ $channel }>, but this server has as many open threads as Discord allows. Close old ones, and the next coin gets its own.
