import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { keptBy } from '../sandbox/control/kept.ts'
import type { IngestedRow } from '../sandbox/monitor/rows.ts'
import type { StoredObject } from '../sandbox/s3/objects.ts'
import type { FrontDoor, FrontDoorResult } from './front-door.ts'

const immutableId = `dcr-${'0a1b2c3d'.repeat(4)}`
const endpoint = 'https://audit-a1b2.westeurope-1.ingest.monitor.azure.com'

/** Where records go in these tests' clouds. */
export const stores = {
  bucket: `https://contoso-audit.s3.${example.region}.amazonaws.com/records`,
  /** A bucket that nobody may write to. */
  closed: `https://contoso-closed.s3.${example.region}.amazonaws.com/records`,
  rule: `${endpoint}/dataCollectionRules/${immutableId}/streams/Custom-Records`,
  /** A rule on which the identity has no role. */
  closedRule: `${endpoint}/dataCollectionRules/dcr-${'f'.repeat(32)}/streams/Custom-Records`,
} as const

/** The columns that a stream for records declares. */
export const recordColumns = [
  { name: 'TimeGenerated', type: 'datetime' },
  ...(['EventId', 'EventSource', 'EventType', 'Subject', 'Sha256', 'Event'] as const).map((name) => {
    return { name, type: 'string' } as const
  }),
] as const

/** Writes records and nothing else; refuses who would replace one. */
const appendOnly = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::contoso-audit/*',
      Condition: { Null: { 's3:if-none-match': 'true' } },
    },
  ],
} as const

const writing = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['s3:PutObject'], Resource: 'arn:aws:s3:::contoso-audit/records/*' }],
} as const

/** The example's clouds, or others, with two buckets and two data collection rules. */
export function cloudWithStores(cloud = exampleCloud()): SandboxConfig {
  const rule = {
    host: new URL(endpoint).host,
    tenantId: example.tenantId,
    streams: { 'Custom-Records': recordColumns },
  }
  return {
    ...cloud,
    accounts: cloud.accounts.map((account) => ({
      ...account,
      roles: account.roles.map((role) => ({ ...role, policies: [...role.policies, writing] })),
      buckets: [
        { name: 'contoso-audit', region: example.region, policy: appendOnly },
        { name: 'contoso-closed', region: example.region },
        { name: 'contoso-far', region: 'us-east-1' },
      ],
    })),
    logIngestion: [
      { ...rule, immutableId, publishers: [example.principalId] },
      { ...rule, immutableId: `dcr-${'f'.repeat(32)}`, publishers: [] },
    ],
  }
}

/** The objects that a run has put into buckets. */
export function objectsOfRun(door: FrontDoor, { record }: FrontDoorResult): readonly StoredObject[] {
  return keptBy(door.sandbox).objects.filter(({ key }) => key.endsWith(`/${record.id}.json`))
}

/** The rows that a run has put into tables. */
export function rowsOfRun(door: FrontDoor, { record }: FrontDoorResult): readonly IngestedRow[] {
  return keptBy(door.sandbox).rows.filter(({ columns }) => columns['EventId'] === record.id)
}
