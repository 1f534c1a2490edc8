import type { IssuerFaultKind } from '../token/issuer-documents.ts'
import { discoveryUrl } from '../token/issuer-documents.ts'
import type { IssuerFinding } from './findings.ts'
import { followsRow, type Row } from './row.ts'

/** Names and addresses that mean nothing outside of a cluster or a company (RFC 1918, RFC 4193, RFC 6762, RFC 8375). */
const privateHost =
  /^[^.[]+$|\.(svc|local|internal|lan|home|corp|localhost|arpa)$|^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d+){2,3}$|^\[(::1|f[cd]|fe80)/i

/** Whether an issuer's own name says that nobody outside can ask it. */
export function isPrivateIssuer(issuer: string): boolean {
  const host = URL.parse(issuer)?.hostname ?? ''
  return privateHost.test(host)
}

/** Entra keeps this many keys of an issuer (protocols: the first 100 of the JWKS); beyond them STS fails, too. */
const keptKeys = 100

const causes: Readonly<Record<IssuerFaultKind, string>> = {
  'not-https': 'issuer-not-https',
  unreachable: 'issuer-unreachable',
  status: 'issuer-not-published',
  'not-json': 'issuer-not-published',
  'other-issuer': 'issuer-spelled-otherwise',
  'no-keys': 'keys-not-published',
  'keys-not-https': 'keys-not-https',
  'keys-unreachable': 'keys-unreachable',
  'keys-status': 'keys-not-published',
  'keys-not-json': 'keys-not-published',
}

/** What Entra and AWS would see when they ask an issuer for its keys. `accepted`: one of them took a token of it just now. */
export function judgeIssuer(finding: IssuerFinding, accepted: boolean): readonly Row[] {
  const { issuer, documents, readBy } = finding
  const place = { check: 'issuer', about: issuer } as const
  const who = readBy.join(' and ')
  const [issuerRow, keyRows] =
    documents === undefined || isPrivateIssuer(issuer)
      ? [privateRow(issuer, who), [followsRow({ check: 'keys', about: issuer }, 'The issuer could not be asked.')]]
      : 'fault' in documents
        ? faultRows(finding, documents.fault, who)
        : [
            {
              ...place,
              standing: 'ok',
              cause: 'ok',
              text: `${discoveryUrl(issuer)} is public https, and spells the issuer so.`,
            } as const,
            keysRows(finding, documents.got.keys, who),
          ]
  const misfit = iamMisfit(finding)
  if (misfit !== undefined)
    return [misfit, followsRow({ check: 'keys', about: issuer }, 'IAM cannot be told of this issuer.')]
  const rows: readonly Row[] = [...(issuerRow === undefined ? [] : [issuerRow]), ...keyRows]
  return accepted ? rows.map((row) => softened(row, who)) : rows
}

/** Who took a token of the issuer has its keys, whatever is seen from here; but perhaps only because it still remembers them. */
function softened(row: Row, who: string): Row {
  if (row.standing !== 'failed') return row
  const isFar = /unreachable/.test(row.cause)
  const text = `${row.text} ${who} took a token of it all the same: it sees more than this pod does, or remembers the keys.`
  return { ...row, standing: isFar ? 'not seen' : 'weak', text }
}

/** IAM takes no provider whose URL has a port or a query (IAM user guide, OIDC provider prerequisites). */
function iamMisfit({ issuer, readBy }: IssuerFinding): Row | undefined {
  const url = URL.parse(issuer)
  if (!readBy.includes('AWS') || url === null || (url.port === '' && url.search === '')) return undefined
  return {
    check: 'issuer',
    about: issuer,
    standing: 'failed',
    cause: 'issuer-not-for-iam',
    text: 'The issuer has a port or a query, and IAM takes no OIDC provider with such a URL.',
    advice:
      'Give the API server a public issuer without them (--service-account-issuer), or go by Entra: aws-identity: entra.',
  }
}

function privateRow(issuer: string, who: string): Row {
  return {
    check: 'issuer',
    about: issuer,
    standing: 'failed',
    cause: 'issuer-private',
    text: `The issuer has a name that is known only inside: ${who} cannot ask it for its keys.`,
    advice: `Give the API server a public issuer, and publish its two documents there:
--service-account-issuer=https://oidc.example.com/my-cluster
kubectl get --raw /.well-known/openid-configuration
kubectl get --raw /openid/v1/jwks
Managed clusters have a public issuer once it is enabled (AKS: --enable-oidc-issuer).`,
  }
}

type IssuerFaultOf = Extract<NonNullable<IssuerFinding['documents']>, { fault: unknown }>['fault']

function faultRows({ issuer }: IssuerFinding, fault: IssuerFaultOf, who: string): [Row, readonly Row[]] {
  const cause = causes[fault.kind]
  const isOfKeys = cause.startsWith('keys-')
  const published = 'Publish both documents of the API server, unchanged, under the issuer URL'
  const spelled = `The document says "${fault.found}", tokens say "${issuer}": ${who} refuses it. Case and trailing slash count.`
  const row: Row = {
    check: isOfKeys ? 'keys' : 'issuer',
    about: issuer,
    standing: 'failed',
    cause,
    text: fault.kind === 'other-issuer' ? spelled : `${fault.message}: ${who} cannot verify tokens of this issuer.`,
    advice: `${published}, over https and without a login; both must answer from outside of the network:
kubectl get --raw /.well-known/openid-configuration
kubectl get --raw /openid/v1/jwks
curl ${discoveryUrl(issuer)}`,
  }
  if (!isOfKeys) return [row, [followsRow({ check: 'keys', about: issuer }, 'The issuer did not say where they are.')]]
  const text = `${discoveryUrl(issuer)} is public https, and spells the issuer so.`
  return [{ check: 'issuer', about: issuer, standing: 'ok', cause: 'ok', text }, [row]]
}

function keysRows(
  { issuer, kid, alg, signature }: IssuerFinding,
  keys: readonly Readonly<Record<string, unknown>>[],
  who: string,
): readonly Row[] {
  const place = { check: 'keys', about: issuer } as const
  const failed = (cause: string, text: string, advice: string): Row => {
    return { ...place, standing: 'failed', cause, text, advice }
  }
  const compare = 'Compare the published JWKS with that of this cluster:\nkubectl get --raw /openid/v1/jwks'
  const at = keys.findIndex((key) => key['kid'] === kid)
  const ids = keys.map((key) => String(key['kid'])).slice(0, 5)
  if (at < 0) {
    const text = `The key "${kid}" that signed the token is not published (${ids.join(', ') || 'no key at all'}).`
    return [
      failed(
        'key-not-published',
        text,
        `The keys of the API server have changed, or are another cluster’s. ${compare}`,
      ),
    ]
  }
  if (alg !== 'RS256' || keys[at]?.['kty'] !== 'RSA') {
    const text = `The token is signed with ${alg || 'nothing'}, by a key of type ${String(keys[at]?.['kty'])}: Entra takes RS256.`
    return [
      failed('key-not-rs256', text, 'Let the API server sign with an RSA key (--service-account-signing-key-file).'),
    ]
  }
  if (at >= keptKeys) {
    const text = `The key "${kid}" is number ${at + 1} of ${keys.length}: ${who} keeps the first ${keptKeys}.`
    return [failed('key-beyond-100', text, 'Publish only keys that are in use.')]
  }
  if (signature?.verdict === 'bad') {
    const text = `The token's signature is not by the published key "${kid}": ${signature.reason}.`
    return [
      failed('signature-bad', text, `Two clusters share one issuer URL, or something changed the token. ${compare}`),
    ]
  }
  if (signature?.verdict !== 'good') {
    const text = `The signature could not be checked: ${signature?.reason ?? 'it was not looked at'}.`
    return [{ ...place, standing: 'not seen', cause: 'signature-not-checked', text }]
  }
  const text = `${keys.length} published, "${kid}" among them, RS256; it made the token's signature.`
  return [{ ...place, standing: 'ok', cause: 'ok', text }]
}
