import { systemClock } from '../../steps/lib/core/clock.ts'
import { Secret } from '../../steps/lib/core/secret.ts'
import { createHttpClient } from '../../steps/lib/http/client.ts'
import type { Authorizer } from '../../steps/lib/oci/registry/authorizer.ts'
import { loadImage } from '../../steps/lib/oci/image.ts'
import { openLayout } from '../../steps/lib/oci/source/layout.ts'
import { planPush } from '../../steps/lib/oci/registry/plan.ts'
import type { PushPlan } from '../../steps/lib/oci/registry/plan.ts'
import { push } from '../../steps/lib/oci/registry/push.ts'
import type { PushSummary } from '../../steps/lib/oci/registry/push.ts'
import { RegistryClient } from '../../steps/lib/oci/registry/registry-client.ts'

/** One repository that our engine pushes to. */
export type EngineTarget = {
  readonly origin: URL
  readonly repository: string
  readonly authorizer: Authorizer
  /** The sandbox's proxy; the registry is reached without one when absent. */
  readonly proxyUrl?: string
  readonly cancelsUploads: boolean
}

/** What a push came to, and what its plan was. */
export type Pushed = PushSummary & { readonly plan: PushPlan['kind'] }

/** Pushes the image of a layout with our engine as `push-image` does; a retry would be a fault here. */
export async function pushLayout(target: EngineTarget, layout: string, tag: string): Promise<Pushed> {
  const { proxyUrl, ...where } = target
  const proxy = proxyUrl === undefined ? {} : { proxy: { httpsProxy: proxyUrl, noProxy: '' } }
  const http = createHttpClient({ userAgent: 'tekton-entra-test', plainHttp: true, ...proxy })
  const client = new RegistryClient({ ...where, http, patience: noPatience() })
  try {
    const image = await loadImage(await openLayout(layout))
    const plan = await planPush(client, image, { tags: [tag] })
    const [summary] = await push({ image, targets: [{ client, plan }] })
    if (summary === undefined) throw new Error('a push of one target has one summary')
    return { ...summary, plan: plan.kind }
  } finally {
    http.close()
  }
}

/** Gives the same `Authorization` for ever. */
export function fixedAuthorizer(authorization: string): Authorizer {
  return { authorization: async () => new Secret(authorization), renew: async () => undefined }
}

/** `Authorization` of `user:password`. */
export function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString('base64')}`
}

function noPatience() {
  return {
    clock: systemClock,
    random: Math.random,
    signal: AbortSignal.timeout(50_000),
    deadlineAt: Date.now() + 50_000,
    propagationWaitMs: 0,
    onRetry: (error: Error): never => {
      throw error
    },
  }
}
