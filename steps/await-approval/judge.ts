import { decodeAnswer } from '../lib/approval/approval-answer.ts'
import { decisionNonce, type ApprovalRequest, type Decision } from '../lib/approval/approval-request.ts'
import { isCode, StepError } from '../lib/core/errors.ts'
import type { Seal } from '../lib/core/seal.ts'
import type { Secret } from '../lib/core/secret.ts'
import { createEntraVerifier, type EntraVerifier } from '../lib/federation/entra-verifier.ts'
import { askGraph, requireGroups, type GroupRule } from '../lib/federation/member-groups.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { Services } from '../lib/step/step-call.ts'
import type { EntraTokenRules } from '../lib/token/entra-token-rules.ts'
import type { VerifiedEntraToken } from '../lib/token/verify-entra-token.ts'
import { approvalUse } from './inputs.ts'
import type { step } from './step.ts'

/** What somebody who may has decided. */
export type Verdict = {
  readonly decision: Decision
  readonly objectId: string
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly tokenId: string
  readonly token: {
    readonly secret: Secret
    readonly id: string
    readonly audience: string
    readonly expiresAt: number
  }
}

/** A verdict, why an answer does not count, or that it could not be looked at now and is to be looked at again. */
export type Judgement = Verdict | { readonly refused: string } | { readonly later: string }

/** Looks at one answer. Whatever is wrong with it ends nothing: anybody who may write the ConfigMap could otherwise end the run. */
export type Judge = (text: string) => Promise<Judgement>

export type Asked = {
  readonly request: ApprovalRequest
  readonly word: string
  readonly seal: Seal
  /** Who may not approve. */
  readonly author: string | undefined
}

type Judging = {
  readonly asked: Asked
  readonly verifier: EntraVerifier
  readonly rules: Omit<EntraTokenRules, 'tenantId'>
  readonly groups: GroupRule
}

/** Makes the judge of one request. */
export function createJudge(asked: Asked, inputs: InputsOf<typeof step>, services: Services): Judge {
  const { http } = services
  const { cloud, tenantId, clientId } = asked.request
  const { clock } = services.patience(0)
  const roles = { all: inputs['require-roles'] }
  const federation = openFederation(inputs, services, approvalUse(inputs))
  const judging: Judging = {
    asked,
    verifier: createEntraVerifier({ cloud, tenantId, http, clock }),
    // ID tokens of Entra's v2 endpoint are of version 2, whatever the registration says of access tokens.
    rules: { audiences: { v1: [], v2: [clientId] }, kind: 'person', form: 'id', roles },
    groups: { required: inputs['require-groups'], match: 'all', ask: askGraph(federation) },
  }
  return async (text) => await judge(text, judging)
}

async function judge(text: string, { asked, verifier, rules, groups }: Judging): Promise<Judgement> {
  const answer = await decodeAnswer(text, asked.seal)
  if (answer === undefined) return { refused: 'it is no answer, or was sealed for another run' }
  const { decision, idToken } = answer
  const verified = await verifier.verify(idToken, rules)
  if ('faults' in verified) {
    const [{ code }] = verified.faults
    const reason = verified.faults
      .map(({ code: name, got, expected }) => `${name}: got ${got}, expected ${expected}`)
      .join('; ')
    return code === 'keys-unavailable' ? { later: reason } : { refused: reason }
  }
  const fault = decisionFault(verified.token, decision, asked)
  if (fault !== undefined) return { refused: fault }
  return await withGroups(verified.token, { decision, idToken, groups })
}

/** What the token itself has to say of the decision. */
function decisionFault(
  { claims, objectId }: VerifiedEntraToken,
  decision: Decision,
  { word, author }: Asked,
): string | undefined {
  if (claims['nonce'] !== decisionNonce(word, decision))
    return `its nonce is of another run, image or decision than to ${decision} this one`
  if (decision === 'approve' && author === objectId.toLowerCase())
    return `${objectId} has started the run, and four eyes are asked for`
  return undefined
}

type Deciding = { readonly decision: Decision; readonly idToken: Secret; readonly groups: GroupRule }

async function withGroups(token: VerifiedEntraToken, { decision, idToken, groups }: Deciding): Promise<Judgement> {
  const { objectId, roles, id, audience, expiresAt } = token
  try {
    const found = await requireGroups(token, groups)
    const secret = { secret: idToken, id, audience, expiresAt }
    return { decision, objectId, roles, groups: found, tokenId: id, token: secret }
  } catch (error) {
    if (!(error instanceof StepError)) throw error
    const isRefusal = isCode(error, 'ACCESS_GROUPS_MISSING') || isCode(error, 'ACCESS_GROUPS_REFUSED')
    const reason = `${objectId}: ${error.message}`
    return isRefusal ? { refused: reason } : { later: reason }
  }
}
