/** One entry of a recorded key set: the signing key of its `kid`'s family, shown with these oddities. */
export type ObservedKey = {
  /** `null`: the entry has no `kid`. */
  readonly kid: string | null
  /** Which key of the issuer it is, when the `kid` does not say. */
  readonly keyOf?: string
  /** Members beside `kty`, `kid`, `alg`, `use` and the public parameters. */
  readonly extra?: Readonly<Record<string, unknown>>
  /** The modulus has another tail than the signing key's. */
  readonly altered?: true
  /** Adds the certificate of the signing key as `x5c`. */
  readonly certificate?: true
  /** Leaves out everything but `kty`, `kid` and `x5c`. */
  readonly onlyCertificate?: true
}

const SIGNING: ObservedKey = { kid: 'RS256' }
const ALTERED: ObservedKey = { kid: 'RS256', altered: true }
const withExtra = (extra: Readonly<Record<string, unknown>>): readonly ObservedKey[] => [{ ...SIGNING, extra }]

/** The key sets of the recording (source: see sts-observed.ts). The three RSA kids of `six` are one and the same key. */
export const OBSERVED_KEY_SETS = {
  six: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'].map((kid): ObservedKey => ({ kid })),
  single: [SIGNING],
  withoutKid: [{ kid: null, keyOf: 'RS256' }],
  wrongAlg: withExtra({ alg: 'RS512' }),
  encryption: withExtra({ use: 'enc' }),
  keyOpsSign: withExtra({ key_ops: ['sign'] }),
  keyOpsVerify: withExtra({ key_ops: ['verify'] }),
  twiceTheSame: [SIGNING, SIGNING],
  wrongFirst: [ALTERED, SIGNING],
  wrongLast: [SIGNING, ALTERED],
  x5cMatching: [{ ...SIGNING, certificate: true }],
  x5cOnly: [{ ...SIGNING, certificate: true, onlyCertificate: true }],
  x5cConflict: [{ ...ALTERED, certificate: true }],
  rsa101: [
    SIGNING,
    ...Array.from({ length: 100 }, (_, index): ObservedKey => ({ kid: `extra${index}`, keyOf: 'RS256' })),
    { kid: 'ES256' },
  ],
} as const satisfies Record<string, readonly ObservedKey[]>

/** Name of a recorded key set. */
export type KeySetName = keyof typeof OBSERVED_KEY_SETS
