// Controls of direction. In what somebody wrote they would turn round the text beside it, too.
export const controls = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/

/** A text without controls of direction. */
export const bare = (text: string): string => text.replace(controls, '')

/** What <bdi> does, for a text that is filled into another one. */
export function isolated(text: string): string {
  const plain = bare(text)
  return rightToLeft.test(plain) ? `\u2068${plain}\u2069` : plain
}
