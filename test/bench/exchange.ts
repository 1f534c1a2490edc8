import { parseArgs } from 'node:util'
import { openRecord } from '../../steps/lib/audit/record.ts'
import { parseRoleArn } from '../../steps/lib/aws/role-arn.ts'
import { systemClock } from '../../steps/lib/core/clock.ts'
import { version } from '../../steps/lib/core/version.ts'
import { awsSession } from '../../steps/lib/federation/aws-session.ts'
import { createFederation } from '../../steps/lib/federation/federation.ts'
import { createHttpClient } from '../../steps/lib/http/client.ts'
import { trustCertificates } from '../../steps/lib/http/trust.ts'
import { example } from '../sandbox/example-cloud.ts'

// Projected token → Entra → STS, and nothing else: `exchange --token FILE --proxy URL`, with the CA in CA_PEM. Ends with 0 when there is a session.
const { values } = parseArgs({
  options: { token: { type: 'string', default: '' }, proxy: { type: 'string', default: '' } },
})
trustCertificates(process.env['CA_PEM'] ?? '')

const context = {
  podName: '',
  podNamespace: example.namespace,
  podUid: '',
  taskRun: 'bench',
  taskRunUid: '',
  pipelineRun: '',
  pipelineRunUid: '',
  pipelineTask: '',
}
const record = openRecord({ id: 'bench', step: 'exchange', version, startedAt: systemClock.now(), context })
const http = createHttpClient({
  userAgent: `tekton-entra/${version} exchange`,
  proxy: { httpsProxy: values.proxy, noProxy: '' },
})
const patience = {
  clock: systemClock,
  random: Math.random,
  signal: new AbortController().signal,
  deadlineAt: Date.now() + 60_000,
  propagationWaitMs: 0,
  onRetry: (error: Error): never => {
    throw error
  },
}
const { tenantId, clientId, region, roleArn, awsTokenResource: tokenResource } = example
const tokenAudience = 'api://AzureADTokenExchange'
const identity = { tenantId, clientId, cloud: 'AzureCloud', tokenPath: values.token, tokenAudience } as const
const federation = createFederation(identity, { http, patience, record })
const role = parseRoleArn(roleArn)
if (role === undefined) throw new TypeError('the example has a role')
const session = await awsSession(federation, { role, region, tokenResource, context })
process.exit(session.accessKeyId === '' ? 1 : 0)
