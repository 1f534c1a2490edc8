import { example } from '../sandbox/example-cloud.ts'
import { signJwt } from '../sandbox/jws.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** A v2 token as Entra would make it for AWS, but signed by another owner's key or under another key's name. */
export function entraToken({ world }: Sandbox, spoilt: { key?: string; kid?: string } = {}): string {
  const owner = `entra:${example.tenantId}`
  const now = Math.floor(world.clock.now() / 1000)
  const token = signJwt(
    world.keys.of(spoilt.key ?? owner).privateKey,
    { typ: 'JWT', alg: 'RS256', kid: spoilt.kid ?? world.keys.of(owner).kid },
    {
      iss: `https://login.microsoftonline.com/${example.tenantId}/v2.0`,
      aud: example.awsAppId,
      azp: example.clientId,
      sub: example.principalId,
      oid: example.principalId,
      tid: example.tenantId,
      iat: now,
      nbf: now,
      exp: now + 3600,
      ver: '2.0',
    },
  )
  world.minted.add(token)
  return token
}

/** The token with other claims under the same signature. */
export function changed(token: string): string {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const other = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), roles: ['Push'] }
  return `${header}.${Buffer.from(JSON.stringify(other)).toString('base64url')}.${signature}`
}
