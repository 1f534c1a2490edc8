import type { Fault } from '../lib/core/errors.ts'
import {
  checkIdentity,
  verifierFaults,
  type IdentityInputs,
  type IdentityUse,
} from '../lib/federation/identity-inputs.ts'

/** What is asked of an approver; undefined is what was not given, or faulty by itself. */
export type ApprovalInputs = IdentityInputs & {
  readonly 'require-roles'?: readonly string[] | undefined
  readonly 'require-groups'?: readonly string[] | undefined
  readonly 'four-eyes'?: 'off' | 'required' | undefined
  readonly 'author-annotation'?: string | undefined
}

/** Tokens of approvers are verified by public keys; an identity of its own the step needs only to ask Microsoft Graph for groups. */
export function approvalUse(inputs: ApprovalInputs): IdentityUse {
  return { entra: (inputs['require-groups'] ?? []).length > 0, aws: false, places: [] }
}

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: ApprovalInputs): readonly Fault[] {
  return [
    ...ruleFaults(inputs),
    ...eyesFaults(inputs),
    ...verifierFaults(inputs, approvalUse(inputs)),
    ...checkIdentity(inputs, approvalUse(inputs)),
  ]
}

/** Whoever of the tenant can sign in to an app gets an ID token for it. */
function ruleFaults({ 'require-roles': roles, 'require-groups': groups }: ApprovalInputs): Fault[] {
  if (roles?.length !== 0 || groups?.length !== 0) return []
  const expected = 'at least one of require-roles and require-groups: without any everybody of the tenant could approve'
  return [{ param: 'require-roles', got: 'nothing', expected }]
}

function eyesFaults({ 'four-eyes': eyes, 'author-annotation': annotation }: ApprovalInputs): Fault[] {
  if (eyes !== 'required' || annotation !== undefined) return []
  const expected =
    'off, or the key approval-author-annotation in the profile: a run does not say who has started it, so somebody has to vouch for that'
  return [{ param: 'four-eyes', got: 'required', expected }]
}
