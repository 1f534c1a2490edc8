import { readTask } from '../contract/repository.ts'
import { example } from './example-cloud.ts'
import { runTask, type LocalTaskResult, type LocalTaskRun } from './local-run/run-task.ts'
import type { Sandbox } from './sandbox.ts'
import { tourPipelineRun } from './tour-report.ts'

type TourPush = {
  sandbox: Sandbox
  program: string[]
  source: string
  image: string
  name: string
  serviceAccount: string
}

/** A TaskRun with what came of it. */
export type Pushed = { readonly run: LocalTaskRun; readonly result: LocalTaskResult }

/** Runs push-image once, as a TaskRun of the tour's PipelineRun. */
export async function pushOnce({ sandbox, program, source, image, name, serviceAccount }: TourPush): Promise<Pushed> {
  const run = {
    task: readTask('push-image'),
    params: { image, 'propagation-wait': '0s' },
    workspaces: { source },
    namespace: example.namespace,
    serviceAccount,
    name,
    pipelineRun: tourPipelineRun,
    configMaps: profileOf(sandbox),
    mintToken: minter(sandbox, serviceAccount),
    program,
    extraEnv: { COLUMNS: '80' },
  }
  return { run, result: await runTask(run) }
}

/** The identity profile of the example, by which the clouds are this sandbox. */
export function profileOf(sandbox: Sandbox): NonNullable<LocalTaskRun['configMaps']> {
  return {
    'entra-identity': {
      'tenant-id': example.tenantId,
      'client-id': example.clientId,
      'aws-role-arn': example.roleArn,
      'aws-token-resource': example.awsTokenResource,
      'allowed-accounts': example.accountId,
      'https-proxy': sandbox.proxyUrl,
      'ca.crt': sandbox.caPem,
    },
  }
}

/** What the kubelet would put into the pods of a service account. */
export function minter(sandbox: Sandbox, serviceAccount: string): LocalTaskRun['mintToken'] {
  return async ({ audience, expirationSeconds }) =>
    sandbox.mintToken({ namespace: example.namespace, serviceAccount, audience, expiresInSeconds: expirationSeconds })
}
