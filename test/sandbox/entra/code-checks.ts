import { createHash } from 'node:crypto'
import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { personState } from './person-state.ts'
import type { PersonGrant } from './person-state.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'

/** An authorization code: of this client and tenant, fresh, for the same address, by who knows the verifier, once. */
export const codeChecks: readonly Check[] = [
  { name: 'code', run: findCode },
  { name: 'code of this client and tenant', run: (exchange) => checkOwner(exchange, 'code') },
  { name: 'code not used', run: ({ code }) => (found(code).redeemed ? refuse(54005) : undefined) },
  { name: 'code not expired', run: checkAge },
  { name: 'redirect_uri', run: checkRedirect },
  { name: 'code_verifier', run: checkVerifier },
]

/** A refresh token: of this client and tenant, and not too old. */
export const refreshChecks: readonly Check[] = [
  {
    name: 'refresh token',
    run: (exchange) => {
      const grant = personState(exchange.world).refreshTokens.get(exchange.form.get('refresh_token') ?? '')
      return grant === undefined ? refuse(9002313) : takeGrant(exchange, grant)
    },
  },
  { name: 'refresh token of this client and tenant', run: (exchange) => checkOwner(exchange, 'refresh_token') },
  { name: 'refresh token not expired', run: checkAge },
]

function findCode(exchange: Exchange): Refusal | undefined {
  const code = personState(exchange.world).codes.get(exchange.form.get('code') ?? '')
  if (code === undefined) return refuse(9002313)
  exchange.code = code
  return takeGrant(exchange, code)
}

function takeGrant(exchange: Exchange, grant: PersonGrant): undefined {
  exchange.grant = grant
  exchange.user = grant.user
}

/** [K] assumption: which number each of the two gets. */
function checkOwner(exchange: Exchange, name: string): Refusal | undefined {
  const grant = found(exchange.grant)
  if (grant.clientId !== found(exchange.app).clientId) return refuse(70000, { name })
  return grant.tenant.id === found(exchange.tenant).id ? undefined : refuse(700005)
}

function checkAge({ world, grant }: Exchange): Refusal | undefined {
  return found(grant).expiresAt > world.clock.now() ? undefined : refuse(70008)
}

function checkRedirect({ form, code }: Exchange): Refusal | undefined {
  const given = form.get('redirect_uri') ?? ''
  const expected = found(code).redirectUri
  return given === expected ? undefined : refuse(500112, { given, expected })
}

/** RFC 7636 §4.6. Also of a verifier that is missing. */
function checkVerifier({ form, code }: Exchange): Refusal | undefined {
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  return challenge === found(code).challenge ? undefined : refuse(501481)
}
