import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { Published } from '../../steps/lib/catalog/step-action.ts'
import type { Task } from '../../steps/lib/catalog/task.ts'
import { version } from '../../steps/lib/core/version.ts'
import type { StepDefinition } from '../../steps/lib/step/define-step.ts'
import { step as copyImage } from '../../steps/copy-image/step.ts'
import { step as pullImage } from '../../steps/pull-image/step.ts'
import { step as loginRegistries } from '../../steps/login-registries/step.ts'
import { step as pushImage } from '../../steps/push-image/step.ts'
import { step as runScript } from '../../steps/run-script/step.ts'
import { step as verifyAccess } from '../../steps/verify-access/step.ts'
import { step as writeAwsProfile } from '../../steps/write-aws-profile/step.ts'
import { step as writeAzureEnvironment } from '../../steps/write-azure-environment/step.ts'
import { step as writeKubeconfig } from '../../steps/write-kubeconfig/step.ts'

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** Every step of the repository by name; a test checks that no folder of `steps/` is left out. */
export const allSteps: ReadonlyMap<string, StepDefinition> = new Map<string, StepDefinition>([
  [copyImage.name, copyImage],
  [loginRegistries.name, loginRegistries],
  [pullImage.name, pullImage],
  [pushImage.name, pushImage],
  [runScript.name, runScript],
  [verifyAccess.name, verifyAccess],
  [writeAwsProfile.name, writeAwsProfile],
  [writeAzureEnvironment.name, writeAzureEnvironment],
  [writeKubeconfig.name, writeKubeconfig],
])

/** Image and version as Tasks and StepActions must name them: by digest once `images/lock.yaml` has one. */
export function published(): Published {
  const lock = parse(readFileSync(`${root}/images/lock.yaml`, 'utf8')) as { image: string; digest?: string }
  return {
    version,
    image: lock.digest === undefined ? `${lock.image}:${version}` : `${lock.image}:${version}@${lock.digest}`,
  }
}

/** Names of the Tasks: folder = file = `metadata.name`. */
export function taskNames(): string[] {
  return readdirSync(`${root}/tasks`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

/** A Task of the repository as its YAML says. */
export function readTask(name: string): Task {
  return parse(readFileSync(`${root}/tasks/${name}/${name}.yaml`, 'utf8')) as Task
}
