import { createHash } from 'node:crypto'
import { azureCloudNames, type AzureCloudName } from '../azure/clouds.ts'
import { guid } from '../core/guid.ts'
import { publicKeyPattern } from '../core/seal.ts'
import { isObject } from '../core/strict-json.ts'
import { objectOf, tryJson } from '../core/loose-json.ts'

/** What a person is asked: exactly one run, one image, one moment until which it counts, and one pod that can read the answer. */
export type ApprovalRequest = {
  readonly cloud: AzureCloudName
  readonly tenantId: string
  /** The app registration that approvers sign in to. */
  readonly clientId: string
  readonly run: { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string }
  /** By its digest. */
  readonly image: string
  /** RFC 3339. */
  readonly deadline: string
  /** ConfigMap of the run's namespace that takes the answer. */
  readonly configMap: string
  /** Key of the pod that waits (see core/seal.ts): the answer is sealed for it, and no other pod asks with it. */
  readonly key: string
}

export const decisions = ['approve', 'reject'] as const
export type Decision = (typeof decisions)[number]

const version = 1
const longest = 4096

/** Reference of an image by its digest. */
export const imageByDigest = /^[\w.:/-]{1,400}@sha256:[0-9a-f]{64}$/

/** The request as one word for a command line. It holds no secret. */
export function encodeRequest(request: ApprovalRequest): string {
  return Buffer.from(JSON.stringify({ v: version, ...request })).toString('base64url')
}

/** The request of such a word; undefined when it is none. Nothing in it is true for being there: it is shown to the person who decides. */
export function decodeRequest(word: string): ApprovalRequest | undefined {
  if (word.length > longest || !/^[A-Za-z0-9_-]+$/.test(word)) return undefined
  const { v, cloud, run, ...texts } = objectOf(tryJson(Buffer.from(word, 'base64url')))
  if (v !== version || !isObject(run)) return undefined
  const name = azureCloudNames.find((known) => known === cloud)
  const [tenantId, clientId, image] = [texts['tenantId'], texts['clientId'], texts['image']]
  const [deadline, configMap, key] = [texts['deadline'], texts['configMap'], texts['key']]
  const { kind, namespace, name: runName, uid } = run
  if (name === undefined || !isText(tenantId, guid) || !isText(clientId, guid) || !isText(image, imageByDigest))
    return undefined
  if (!isText(deadline, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/) || !isText(configMap, objectName)) return undefined
  if (!isText(key, publicKeyPattern) || !isText(kind, /^(PipelineRun|TaskRun)$/)) return undefined
  if (!isText(namespace, objectName) || !isText(runName, objectName) || !isText(uid, /^[\w-]{1,64}$/)) return undefined
  return {
    cloud: name,
    tenantId,
    clientId,
    run: { kind, namespace, name: runName, uid },
    image,
    deadline,
    configMap,
    key,
  }
}

const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

/** Key of the answer in the ConfigMap: the same for nobody else's request. */
export function answerKey(word: string): string {
  return sha256(word).toString('hex').slice(0, 32)
}

/**
 * The `nonce` of the ID token that takes this decision on this request: SHA-256 over both. Entra copies it into the token that it signs
 * (OpenID Connect Core §3.1.2.1), so the token says what its person decided, and is good for nothing else.
 */
export function decisionNonce(word: string, decision: Decision): string {
  return sha256(`tekton-entra approval\n${word}\n${decision}`).toString('base64url')
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
