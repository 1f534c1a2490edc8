import type { RunContext } from '../lib/audit/record.ts'
import { sessionName } from '../lib/aws/session-name.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import type { AwsSection } from '../lib/handover/aws-profile-file.ts'
import type { Obtained } from './sessions.ts'

/** The keys of a session, in `credentials`. */
export function credentialsSection({ name, session }: Obtained): AwsSection {
  const { accessKeyId, secretAccessKey, sessionToken, arn, expiresAt } = session
  return {
    header: name,
    comment: `${arn}, ends ${rfc3339(expiresAt)}`,
    settings: {
      aws_access_key_id: accessKeyId,
      aws_secret_access_key: secretAccessKey,
      aws_session_token: sessionToken,
    },
  }
}

/** What `config` says beside it. */
export function configSection({ name, target, session }: Obtained): AwsSection {
  const comment = `keys are in credentials, and end ${rfc3339(session.expiresAt)}`
  return { header: headerInConfig(name), comment, settings: { region: target.region, ...endpointSettings(target) } }
}

/** A profile that clients refresh by themselves, from the token's file in the Task's own step. */
export function webIdentitySection(
  { name, target }: Obtained,
  { tokenFile, context }: { readonly tokenFile: string; readonly context: RunContext },
): AwsSection {
  return {
    header: headerInConfig(name),
    comment: 'clients refresh this by themselves, as long as the token is mounted there',
    settings: {
      role_arn: target.role.arn,
      web_identity_token_file: tokenFile,
      role_session_name: sessionName(context.podNamespace, context.taskRun),
      region: target.region,
      // Older clients would ask the global endpoint, which not every region takes sessions of.
      sts_regional_endpoints: 'regional',
      ...endpointSettings(target),
    },
  }
}

/** A profile that clients refresh by our program. */
export function processSection({ name, target }: Obtained, commandLine: string): AwsSection {
  return {
    header: headerInConfig(name),
    comment: 'clients refresh this by the program, where it, its settings and the token are mounted',
    settings: { credential_process: commandLine, region: target.region, ...endpointSettings(target) },
  }
}

/** What was chosen of endpoints holds for the tools, too: they would ask the plain ones. */
function endpointSettings({ endpoints }: Obtained['target']): Readonly<Record<string, string>> {
  return {
    ...(endpoints?.fips === true ? { use_fips_endpoint: 'true' } : {}),
    ...(endpoints?.dualStack === true ? { use_dualstack_endpoint: 'true' } : {}),
  }
}

/** In `config`, and there alone, all but the default have a word before their names. */
function headerInConfig(name: string): string {
  return name === 'default' ? name : `profile ${name}`
}
