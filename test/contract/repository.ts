import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { ourSteps } from '../../steps/cli/lint/our-steps.ts'
import type { Published } from '../../steps/lib/catalog/step-action.ts'
import type { Task } from '../../steps/lib/catalog/task.ts'
import { version } from '../../steps/lib/core/version.ts'

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** Every step of the repository by name; a test checks that no folder of `steps/` is left out. */
export const allSteps = ourSteps

/** Image and version as Tasks and StepActions must name them: by digest once `images/lock.yaml` has one. */
export function published(): Published {
  const lock = parse(readFileSync(`${root}/images/lock.yaml`, 'utf8')) as { image: string; digest?: string }
  return {
    version,
    image: lock.digest === undefined ? `${lock.image}:${version}` : `${lock.image}:${version}@${lock.digest}`,
  }
}

/** The image with a shell, as `step-image` may name it. */
export function shellImage(): string {
  const lock = parse(readFileSync(`${root}/images/lock.yaml`, 'utf8')) as { shell: string }
  return `${lock.shell}:${version}`
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
