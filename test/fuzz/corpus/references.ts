const hex = 'a'.repeat(64)

/** Hosts that a URL reads as another one stood here first: numbers become addresses, and bad ones none at all. */
export const referenceCorpus = [
  '0x7f.1/app',
  '1.2.3/app:v1',
  '256.256.256.256/app',
  '[::::]/app',
  '[0:0::1]:5000/app',
  'xn--a.io/app',
  // Long texts must be done in no time: a grammar that goes back over them would not end.
  `a.io/${'a-'.repeat(100_000)}!`,
  `a.io/${'a'.repeat(200_000)}!`,
  `${'a-'.repeat(100_000)}!/app`,
  `${'a.'.repeat(100_000)}!/app`,
  `a.io/app:${'t'.repeat(200_000)}!`,
  `${'[:'.repeat(100_000)}/app`,
  `a.io/app@${'@'.repeat(200_000)}`,
]

export const digestCorpus = [
  `sha256:${hex}\n`,
  `SHA256:${hex}`,
  `sha256:${hex.toUpperCase()}`,
  `sha512:${hex}`,
  `md5:${hex}`,
]
