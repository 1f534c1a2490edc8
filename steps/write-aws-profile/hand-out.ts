import { asStepError } from '../lib/core/errors.ts'
import { errorRow } from '../lib/core/error-table.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import { Secret } from '../lib/core/secret.ts'
import { answerClient } from '../lib/step/answer-client.ts'
import { createLog } from '../lib/step/log.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { processStep, takeCall } from './process-step.ts'
import { readSettings } from './process-settings.ts'
import { profilesUse, readProfiles } from './profiles.ts'
import { obtainSessions, type Obtained } from './sessions.ts'

/** The program of a profile: `hand-out-aws-session SETTINGS`. Returns the exit status. */
export async function handOutSession(host: NodeJS.Process): Promise<number> {
  try {
    const settings = await readSettings(host.argv[3])
    takeCall(host, settings)
    return await answerClient(processStep, async () => async (call) => await answer(call, settings.profile), host)
  } catch (error) {
    const failure = asStepError(error)
    createLog((text) => host.stderr.write(text), 100).error(failure, processStep.name)
    return errorRow(failure.code).exit
  }
}

async function answer({ inputs, services }: StepCall<typeof processStep>, name: string): Promise<Secret> {
  services.record.action({ target: name })
  const profiles = readProfiles(inputs, services.context).filter((profile) => profile.name === name)
  const [obtained] = await obtainSessions(openFederation(inputs, services, profilesUse), profiles)
  if (obtained === undefined) throw new TypeError(`the settings have no profile ${name}`)
  const expiresAt = rfc3339(obtained.session.expiresAt)
  services.record.action({ handedOver: [{ file: 'standard output', entry: name, expiresAt }] })
  return credentialOf(obtained)
}

/** Version 1 is the only form that there is (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html). */
function credentialOf({ session }: Obtained): Secret {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = session
  const credential = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey.reveal(),
    SessionToken: sessionToken.reveal(),
    Expiration: rfc3339(expiresAt),
  }
  return new Secret(JSON.stringify(credential))
}
