import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { CliError } from '../../../steps/cli/cli-error.ts'
import type { Command, Given } from '../../../steps/cli/command.ts'
import { root } from '../../contract/repository.ts'
import { tektonOptions } from '../cluster-command.ts'
import { withOptions, type SuiteOptions } from './options.ts'
import { requireTekton } from './target.ts'

/** `npm run test:cluster --`: the suite, on a cluster that is there or on one of this machine. */
export const testClusterCommand: Command = {
  name: 'test:cluster',
  summary:
    'Runs every Task, StepAction and example on real Kubernetes and Tekton: on the cluster of a context, or on one of this machine.',
  usage: '[options]',
  positionals: { least: 0, most: 0 },
  options: {
    context: {
      takes: 'NAME',
      summary:
        'Context of your kubeconfig: a cluster with Tekton, whatever made it. Default: a cluster of this machine.',
    },
    image: {
      takes: 'REF',
      summary:
        'Step image that the cluster can get. Default: built here, or, with --context, the one that the Tasks name.',
    },
    'suite-image': {
      takes: 'REF',
      summary:
        'Image of the sandbox and the other programs of the suite. Default: as npm run build:test-images names it.',
    },
    only: { takes: 'TEXT', summary: 'Only the test files, or tests, whose names hold this.' },
    update: { summary: 'Write ADMISSION.md anew from what Tekton says.' },
    keep: { summary: 'Leave everything that the suite has made, the cluster of this machine included.' },
    ...tektonOptions,
  },
  details: [],
  examples: [],
  run: async (given, host) => {
    const faults = contradictions(given)
    if (faults.length > 0) throw new CliError(faults, { remedy: 'npm run test:cluster -- --help' })
    const context = given.text('context')
    // Before the tests are started: what is missing is told in a sentence.
    if (context !== undefined) await requireTekton(context)
    const words = [...filterOf(given.text('only')), ...(given.flag('update') ? ['--update'] : [])]
    return await runTests(words, withOptions(host.env, optionsFrom(given)), host)
  },
}

function contradictions(given: Given): readonly string[] {
  if (given.text('context') === undefined) {
    return given.text('image') === undefined && given.text('suite-image') === undefined
      ? []
      : ['--image and --suite-image are for --context: a cluster of this machine gets what is built here']
  }
  const own = ['tekton', 'tekton-dir'].filter((name) => given.text(name) !== undefined)
  return own.map((name) => `--${name} is for a cluster of this machine; that of --context has its Tekton already`)
}

function optionsFrom(given: Given): SuiteOptions {
  const texts = {
    context: given.text('context'),
    image: given.text('image'),
    suiteImage: given.text('suite-image'),
    tekton: given.text('tekton'),
    tektonDir: given.text('tekton-dir'),
  }
  const said = Object.entries(texts).filter(([, text]) => text !== undefined)
  return { ...Object.fromEntries(said), keep: given.flag('keep') }
}

async function runTests(words: readonly string[], env: NodeJS.ProcessEnv, host: NodeJS.Process): Promise<number> {
  const program = [`${root}/node_modules/vitest/vitest.mjs`, 'run', '--config', 'test/cluster/suite/vitest.config.ts']
  const child = spawn(host.execPath, [...program, ...words], { cwd: root, env, stdio: 'inherit' })
  // The tests take away what they have made, also when they are ended: this process waits for that. Ctrl-C reaches both by itself.
  host.on('SIGINT', () => {})
  host.on('SIGTERM', () => void child.kill('SIGINT'))
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve(status ?? 1))
  })
}

/** Files when some are named so, else tests. */
function filterOf(only: string | undefined): readonly string[] {
  if (only === undefined) return []
  const files = globSync('test/cluster/suite/**/*.test.ts', { cwd: root })
  if (files.some((file) => file.includes(only))) return [only]
  return ['--testNamePattern', only.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')]
}
