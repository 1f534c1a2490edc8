import type { Spelling } from '../core/errors.ts'
import type { IdentityInputs } from '../federation/identity-inputs.ts'
import type { Param } from './define-step.ts'
import { identityParams } from './identity-params.ts'
import { sideSpeller, sideValues } from './side-params.ts'

const { 'token-audience': forEntra, 'aws-token-audience': forAws, ...ofOneSide } = identityParams

/** What says as whom a step acts on one of its sides, by the names that a step with one identity has. */
export const sideIdentityParams = ofOneSide

/** What both sides have in common: one volume holds the projected tokens, and each of its two files is made out to one audience. */
export const sharedIdentityParams = {
  'token-audience': {
    ...forEntra,
    description:
      'Audience of the projected token for Entra, one for both sides; it must be the one that the federated credentials name.',
  },
  'aws-token-audience': {
    ...forAws,
    description:
      'Audience of the projected token for AWS, one for both sides; where a side has `aws-identity: cluster`, the IAM OIDC provider of the cluster’s issuer must list it.',
  },
} as const satisfies Readonly<Record<string, Param>>

/** One side's identity; without sides that of the step. */
export function identityOf(side: string | undefined, values: Readonly<Record<string, unknown>>): IdentityInputs {
  return { ...sideValues(side, sideIdentityParams, values), ...sideValues(undefined, sharedIdentityParams, values) }
}

/** What the identity params are called on a side, for errors that name them; undefined for a step that acts as one. */
export function sideSpelling(side: string | undefined): Spelling | undefined {
  return side === undefined ? undefined : sideSpeller(side, sideIdentityParams)
}
