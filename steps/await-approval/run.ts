import { createHash } from 'node:crypto'
import { encodeRequest, type ApprovalRequest } from '../lib/approval/approval-request.ts'
import { stepError } from '../lib/core/errors.ts'
import { guid } from '../lib/core/guid.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import { createSeal } from '../lib/core/seal.ts'
import { readAndRecord } from '../lib/federation/read-token.ts'
import { openKubernetesApi, type ApiFailures, type KubernetesApi } from '../lib/kubernetes/kubernetes-api.ts'
import { findOwnRun, type OwnRun } from '../lib/kubernetes/own-run.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import { announce } from './announce.ts'
import { createJudge, type Verdict } from './judge.ts'
import type { step } from './step.ts'
import { awaitVerdict } from './wait.ts'

type Inputs = InputsOf<typeof step>

/** What is left of the step's time for the record, once nobody is waited for any more. */
const marginMs = 2000

/** Ends well only when somebody who may has approved this run; whatever else happens, it does not go on. */
export async function run({ inputs, services }: StepCall<typeof step>): Promise<ResultsOf<typeof step>> {
  const { record, log } = services
  record.action({ target: inputs.image, digest: inputs.image.replace(/^.*@/, '') })
  const api = openApi(services)
  const own = await findRun(api, inputs, services)
  const author = authorOf(own, inputs)
  const seal = await createSeal()
  const until = services.patience(0).deadlineAt - marginMs
  const request = requestFor(inputs, { own, key: seal.publicKey, until })
  const word = encodeRequest(request)
  await announce({ request, word }, inputs, services)
  const judge = createJudge({ request, word, seal, author }, inputs, services)
  const verdict = await awaitVerdict({ api, request, word, judge, until, everyMs: inputs.interval }, services)
  recordVerdict(services, { own, word, author, verdict })
  if (verdict.decision === 'reject') throw stepError('APPROVAL_REJECTED', { approver: verdict.objectId })
  log.line('approved', `by ${verdict.objectId}`)
  return { approver: verdict.objectId, 'token-id': verdict.tokenId, run: own.uid }
}

function openApi({ given, http, patience }: Services): KubernetesApi {
  const { env } = given
  return openKubernetesApi({ folder: env['API_FOLDER'] ?? '', env, http, patience: patience(0), failures })
}

const failures: ApiFailures = {
  absent: (reason) => stepError('KUBERNETES_TOKEN_MISSING', { reason }),
  denied: ({ path, status, account }, options) => stepError('KUBERNETES_DENIED', { path, status, account }, options),
  refused: (reason, options) => stepError('KUBERNETES_REFUSED', { reason }, options),
  unavailable: (reason, options) => stepError('KUBERNETES_UNAVAILABLE', { reason }, options),
}

/** By the pod that the projected token names. */
async function findRun(api: KubernetesApi, inputs: Inputs, services: Services): Promise<OwnRun> {
  const { http, record, log, tokenPath } = services
  const patience = services.patience(0)
  const file = { path: tokenPath, audience: inputs['token-audience'] }
  const { pod } = await readAndRecord(file, { http, record, patience })
  const own = await findOwnRun(api, pod, patience)
  log.line('run', `${own.kind} ${own.namespace}/${own.name}, uid ${own.uid}`)
  return own
}

/** Who started the run, by the annotation that the profile vouches for; undefined where nobody asks. */
function authorOf({ annotations }: OwnRun, inputs: Inputs): string | undefined {
  const name = inputs['author-annotation']
  if (inputs['four-eyes'] === 'off' || name === undefined) return undefined
  const author = annotations[name]
  if (typeof author !== 'string')
    throw stepError('APPROVAL_AUTHOR_UNKNOWN', { reason: `the run has no annotation ${name}` })
  if (guid.test(author)) return author.toLowerCase()
  throw stepError('APPROVAL_AUTHOR_UNKNOWN', {
    reason: `the annotation ${name} holds no object id, but ${author.slice(0, 100)}`,
  })
}

function requestFor(inputs: Inputs, around: { own: OwnRun; key: string; until: number }): ApprovalRequest {
  const { kind, namespace, name, uid } = around.own
  return {
    cloud: inputs['azure-cloud'],
    tenantId: (inputs['tenant-id'] ?? '').toLowerCase(),
    clientId: inputs['approval-client-id'].toLowerCase(),
    run: { kind, namespace, name, uid },
    image: inputs.image,
    deadline: rfc3339(around.until),
    configMap: inputs.approvals,
    key: around.key,
  }
}

type Decided = {
  readonly own: OwnRun
  readonly word: string
  readonly author: string | undefined
  readonly verdict: Verdict
}

function recordVerdict({ record }: Services, { own, word, author, verdict }: Decided): void {
  const { decision, objectId, roles, groups, token } = verdict
  const { kind, name, uid } = own
  const request = createHash('sha256').update(word).digest('hex')
  record.action({
    approval: {
      decision,
      objectId,
      roles,
      groups,
      run: { kind, name, uid },
      request,
      ...(author === undefined ? {} : { author }),
    },
  })
  record.token('entra', token)
}
