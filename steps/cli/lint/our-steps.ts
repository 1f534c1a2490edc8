import type { StepDefinition } from '../../lib/step/define-step.ts'
import { step as awaitApproval } from '../../await-approval/step.ts'
import { step as checkTrust } from '../../check-trust/step.ts'
import { step as copyImage } from '../../copy-image/step.ts'
import { step as loginRegistries } from '../../login-registries/step.ts'
import { step as pullImage } from '../../pull-image/step.ts'
import { step as pushImage } from '../../push-image/step.ts'
import { step as reportAudit } from '../../report-audit/step.ts'
import { step as runScript } from '../../run-script/step.ts'
import { around, step as runWithIdentity } from '../../run-with-identity/step.ts'
import { step as verifyAccess } from '../../verify-access/step.ts'
import { step as writeAwsProfile } from '../../write-aws-profile/step.ts'
import { step as writeAzureEnvironment } from '../../write-azure-environment/step.ts'
import { step as writeKubeconfig } from '../../write-kubeconfig/step.ts'

/** The declarations of all steps by name. They are data: what a step does is not loaded with them. */
export const ourSteps: ReadonlyMap<string, StepDefinition> = new Map<string, StepDefinition>(
  [
    awaitApproval,
    checkTrust,
    copyImage,
    loginRegistries,
    pullImage,
    pushImage,
    reportAudit,
    runScript,
    runWithIdentity,
    around.open,
    around.seal,
    verifyAccess,
    writeAwsProfile,
    writeAzureEnvironment,
    writeKubeconfig,
  ].map((step) => [step.name, step]),
)
