# What the Matrix surface says by itself.

matrix-choose = Reply to this message with a number, or react with it.
matrix-answer = { $count ->
    [1] Reply to this message with your answer.
    [2] Reply to this message with both, in one line and in this order.
   *[other] Reply to this message with all { $count }, in one line and in this order.
}
matrix-example = For example: { $presets }
matrix-for = For { $name }:
matrix-changed = That card has just changed. Look at it again, then choose.
matrix-no-choice = There is no choice { $number } on that card any more.
matrix-sent-privately = I answered in our private chat.
matrix-open-private = That is for you alone. Start a direct chat with me and ask again there.
matrix-open-button = Direct chat
matrix-encrypted = I can't read encrypted rooms. Use one without encryption; in a direct chat I invite you to one now.
