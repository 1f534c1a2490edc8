import { defineErrors } from './row.ts'

/** The way of the audit record to its sink. */
export const sinkRows = defineErrors({
  RECORD_NOT_DELIVERED: {
    exit: 75,
    retry: 'never',
    what: 'The work is done, but its audit record did not reach <sink>: <reason>',
    sent: ['cause'],
    remedy:
      '<remedy of the cause> The step fails rather than act unrecorded; the record is on standard output. Run it again: what is done already is skipped. With record-sink-failure: warn in the identity profile it would only have warned.',
  },
  SINK_UNAVAILABLE: {
    exit: 75,
    retry: 'transient',
    what: 'The record sink <sink> is not able to take the record now: <reason>.',
    remedy: 'Look at the sink <sink>: it is down, overloaded or restarting, or a gateway before it is.',
  },
  SINK_THROTTLED: {
    exit: 75,
    retry: 'transient',
    what: 'The record sink <sink> takes no more records for the moment (HTTP 429).',
    remedy: 'Raise the limit of <sink>: one record comes from each step.',
  },
  SINK_DENIED: {
    exit: 77,
    retry: 'never',
    what: 'The record sink <sink> does not let this identity write (HTTP <status>).',
    sent: ['token for'],
    remedy:
      'Name the Entra resource whose tokens the sink takes as record-sink-resource in the identity profile, and give the identity the app role that the sink asks for. A sink with keys of its own is not served: nothing here stores a secret.',
  },
  SINK_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The record sink <sink> does not take the record: <reason>.',
    remedy:
      'Check that record-sink in the identity profile names the very endpoint that takes CloudEvents 1.0 by POST, and that record-sink-mode is the one that it understands. Redirects are never followed.',
  },
  SINK_BUCKET_DENIED: {
    exit: 77,
    retry: 'never',
    what: 'The bucket <bucket> does not let this role write records (<reason>).',
    sent: ['role'],
    remedy:
      'Allow the role, and in the bucket policy where that denies by default:\n{"Effect":"Allow","Action":"s3:PutObject","Resource":"<objects>"}\nNothing else is needed to write records: neither reading, nor listing, nor deleting.',
  },
  SINK_BUCKET_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The bucket <bucket> does not take the record: <reason>.',
    sent: ['sink'],
    remedy:
      'Check that record-sink in the identity profile names the bucket, and its own region, as https://BUCKET.s3.REGION.amazonaws.com/PREFIX.',
  },
  SINK_RULE_DENIED: {
    exit: 77,
    retry: 'never',
    what: 'The data collection rule <rule> does not let this identity write records (<reason>).',
    sent: ['principal'],
    remedy:
      'Give the identity the role Monitoring Metrics Publisher on the rule; it may take half an hour to be known everywhere:\naz role assignment create --assignee-object-id <principal> --assignee-principal-type ServicePrincipal --role "Monitoring Metrics Publisher" --scope (resource id of the rule)',
  },
  SINK_RULE_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The data collection rule <rule> does not take the record: <reason>.',
    sent: ['sink'],
    remedy:
      'Check that record-sink in the identity profile names the logs ingestion endpoint of this rule, its immutable id and a stream that it declares, and that the stream has the columns of a record.',
  },
})
