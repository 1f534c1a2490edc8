/** How secrets look, as those who issue them write them. Each is certain enough by itself. */
const patterns: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['an AWS access key id', /(?<![A-Z0-9])(AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])/],
  ['an AWS secret access key', /aws_?secret_?access_?key["']?\s*[=:]\s*["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/i],
  ['a JWT', /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/],
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/],
  // Three characters, a digit that says the version, `Q~`, and 31 to 34 more.
  ['an Azure client secret', /(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])/],
  ['an Azure storage key', /AccountKey=[A-Za-z0-9+/]{86}==/],
]

/** A key of AWS has no mark of its own: the param's name must say so. */
const namesSecretKey = /secret[-_]?(access[-_]?)?key/i
const secretKey = /^[A-Za-z0-9/+]{40}$/

/** What kind of secret a text holds, if it holds one that can be told. The text itself is never given back. */
export function secretIn(name: string, text: string): string | undefined {
  const found = patterns.find(([, pattern]) => pattern.test(text))
  if (found !== undefined) return found[0]
  return namesSecretKey.test(name) && secretKey.test(text.trim()) ? 'an AWS secret access key' : undefined
}
