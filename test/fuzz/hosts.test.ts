import * as fc from 'fast-check'
import { expect } from 'vitest'
import { parseEcrHost } from '../../steps/lib/aws/ecr-host.ts'
import { ecrApiHost, partitionOf, stsHost } from '../../steps/lib/aws/partitions.ts'
import { classifyRegistryHost } from '../../steps/lib/federation/registry-host.ts'
import { hostCorpus } from './corpus/hosts.ts'
import { almost, anyText, fuzz, oneOf } from './fuzz.ts'

const account = fc.string({ unit: oneOf('0123456789'), minLength: 12, maxLength: 12 })
const regions = [
  ['eu-central-1', 'amazonaws.com'],
  ['us-east-1', 'amazonaws.com'],
  ['us-gov-west-1', 'amazonaws.com'],
  ['cn-north-1', 'amazonaws.com.cn'],
] as const
const place = fc.constantFrom(...regions)
const ecr = fc.tuple(account, place).map(([id, [region, suffix]]) => `${id}.dkr.ecr.${region}.${suffix}`)
const acr = fc.constantFrom('contoso', 'contoso-a1b2', 'c').map((name) => `${name}.azurecr.io`)

/** What is put around a good name to make one that looks like it. Whoever owns the result is not AWS and not Microsoft. */
const disguise = fc.constantFrom<(host: string) => string>(
  (host) => `${host}.evil.example`,
  (host) => `${host}.`,
  (host) => `evil.example/${host}`,
  (host) => `evil.example#${host}`,
  (host) => `${host}@evil.example`,
  (host) => `evil-${host}`,
  (host) => `evil.${host}`,
  (host) => `${host}\n`,
  (host) => ` ${host}`,
  (host) => `${host}:443`,
  (host) => host.replace('.', '\u3002'),
  (host) => host.replaceAll('.', '-'),
  (host) => host.replace(/\.([a-z]+)$/, '.evil.$1'),
  (host) => host.replace('amazonaws', 'amazonaws-evil').replace('azurecr', 'azurecr-evil'),
  (host) => host.toUpperCase(),
)

fuzz(
  'a registry of AWS is known with account and region',
  { from: fc.tuple(account, place) },
  ([id, [region, suffix]]) => {
    const host = `${id}.dkr.ecr.${region}.${suffix}`
    expect(parseEcrHost(host)).toMatchObject({ host, accountId: id, region, partition: partitionOf(region)?.name })
    expect([stsHost(region), ecrApiHost(region)]).toEqual([`sts.${region}.${suffix}`, `api.ecr.${region}.${suffix}`])
  },
)

fuzz(
  'a host in disguise gets no credential',
  {
    from: fc
      .tuple(fc.oneof(ecr, acr), disguise)
      .filter(([host, change]) => !/^evil-[\w-]+\.azurecr\.io$/.test(change(host))),
  },
  ([host, change]) => expect(classifyRegistryHost(change(host), 'AzureCloud')).toBeUndefined(),
)

fuzz(
  'no host passes but one that AWS or Microsoft owns, with exactly its parts',
  {
    from: fc.oneof(almost(ecr, '.-:/@ac0'), almost(acr, '.-:/@ac0'), anyText('.azurecr.io')),
    corpus: hostCorpus,
    runs: 1000,
  },
  (host) => {
    const known = classifyRegistryHost(host, 'AzureCloud')
    // What is asked is what a URL makes of the name: nothing may be added or dropped on the way.
    expect(known === undefined || new URL(`https://${host}/`).hostname === host).toBe(true)
    expect(known === undefined ? 'none' : known.kind).toBe(ownerOf(host))
  },
)

/** Who owns a host, by its labels from the right: the oracle, without any pattern. */
function ownerOf(host: string): 'ecr' | 'acr' | 'none' {
  const labels = host.split('.')
  const among = (text: string, characters: string) =>
    text !== '' && Array.from(text).every((one) => characters.includes(one))
  const lower = 'abcdefghijklmnopqrstuvwxyz0123456789'
  if (labels.length === 3 && labels[1] === 'azurecr' && labels[2] === 'io') {
    const name = labels[0] ?? ''
    const ends = among(name.charAt(0), lower) && among(name.charAt(name.length - 1), lower)
    return ends && among(name, `${lower}-`) && name.length <= 63 ? 'acr' : 'none'
  }
  const [id = '', dkr, service, region = '', ...suffix] = labels
  const isAws = dkr === 'dkr' && service === 'ecr' && among(id, '0123456789') && id.length === 12
  const partition = partitionOf(region)
  return isAws && partition?.suffix === suffix.join('.') && among(region, `${lower}-`) ? 'ecr' : 'none'
}
