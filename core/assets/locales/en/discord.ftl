# Words of the Discord surface's own.

discord-open-form = Fill in
discord-look-up = Look up coin
discord-more = … and { $count } more
discord-copy-line = { $label }:
discord-store-away = Not done: our database can't be reached right now. Nothing was lost or changed; try again in a minute.
discord-news = There is news
discord-news-private = <@{ $user }>, only you may see it, and your private messages are closed to me. Use /portfolio here, or allow private messages from this server.
