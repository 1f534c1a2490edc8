import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { bundleSteps } from '../images/steps/bundle.ts'
import { root } from './contract/repository.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the built step program's entry. */
    stepProgram: string
  }
}

/** Builds the step programs once for this test run, as the image carries them, into a folder that goes away with it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = `${root}/build/test-${process.pid}`
  project.provide('stepProgram', await bundleSteps(folder))
  return async () => await rm(folder, { recursive: true, force: true })
}
