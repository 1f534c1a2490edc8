const SEGMENTS_OF_AN_ARN = 6

/** Private-use characters that stand, in a pattern, for the wildcards as plain characters. */
const STAND_FOR: readonly (readonly [string, string])[] = [
  ['*', '\uE000'],
  ['?', '\uE001'],
]

/** Text as it goes into a pattern to stand for itself: what a policy variable brings holds no wildcard. */
export const literal = (text: string): string =>
  STAND_FOR.reduce((done, [wildcard, plain]) => done.replaceAll(wildcard, plain), text)

/** A pattern as plain text: what operators without wildcards compare with. */
export const unliteral = (pattern: string): string =>
  STAND_FOR.reduce((done, [wildcard, plain]) => done.replaceAll(plain, wildcard), pattern)

/**
 * Whether text fits a pattern in which `*` stands for any characters and `?` for one. Walks instead of using a regular
 * expression: a session policy comes from the caller, and many stars would make an expression backtrack without end.
 */
export const fitsPattern = (given: string, pattern: string): boolean => {
  const text = pattern.includes('\uE000') || pattern.includes('\uE001') ? literal(given) : given
  let at = 0
  let wanted = 0
  let retry: { readonly star: number; at: number } | undefined
  while (at < text.length) {
    if (pattern[wanted] === '*') {
      retry = { star: wanted, at }
      wanted += 1
    } else if (pattern[wanted] === '?' || pattern[wanted] === text[at]) {
      at += 1
      wanted += 1
    } else if (retry === undefined) {
      return false
    } else {
      // Let the last star take one character more, and go on behind it.
      retry.at += 1
      at = retry.at
      wanted = retry.star + 1
    }
  }
  return /^\**$/.test(pattern.slice(wanted))
}

const segments = (arn: string): string[] => {
  const parts = arn.split(':')
  return [...parts.slice(0, SEGMENTS_OF_AN_ARN - 1), parts.slice(SEGMENTS_OF_AN_ARN - 1).join(':')]
}

/** Whether an ARN fits an ARN pattern: segment by segment, so that a wildcard never reaches over a colon of the first five. */
export const fitsArn = (arn: string, pattern: string): boolean => {
  const wanted = segments(pattern)
  const given = segments(arn)
  return given[0] === 'arn' && wanted.every((segment, index) => fitsPattern(given[index] ?? '', segment))
}
