/** What the seeded texts are made of. */

export const WORDS: readonly string[] = (
  'the of and a to in is you that it he was for on are as with his they at be this have from or one had by word but ' +
  'not what all were we when your can said there use an each which she do how their if will up other about out many ' +
  'then them these so some her would make like him into time has look two more write go see number no way could people'
).split(' ')

export const NAMES: readonly string[] =
  'ada alan barbara dennis edsger frances grace hedy jean john katherine ken linus margaret niklaus tim'.split(
    ' ',
  )

/** Three bytes a character. */
export const CJK_PHRASES: readonly string[] = [
  ...['今天天气很好,', '我们一起去公园散步吧。', '请稍等,正在生成回答……', '数据已经更新。'],
  ...['这个问题很有意思,', '让我想一想。', '服务器重新连接成功,', '没有丢失任何消息。'],
  ...[
    'こんにちは、',
    '今日はいい天気ですね。',
    '少々お待ちください。',
    'メッセージを受信しました。',
  ],
  ...[
    'もう一度お試しください。',
    '東京の天気は晴れです、',
    '接続が切れました。',
    'ありがとうございます。',
  ],
]
