export const tokenCorpus = ['', '.', '..', '...', 'e30.e30.', '.'.repeat(1_000_000), `${'e30'.repeat(300_000)}.e30.e30`]

/** 1e308 seconds are endless milliseconds: such a token never expired. */
export const claimsCorpus = [
  { text: null, aud: null, exp: 1e308 },
  { text: ['a'], aud: ['a', 1, null], exp: -1e308 },
]
