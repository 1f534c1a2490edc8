import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'vitest'
import { root } from '../contract/repository.ts'

/** A program that nobody here wrote. */
export type Tool = 'skopeo' | 'docker-registry' | 'openssl' | 'crane' | 'conformance' | 'python'

type Whereabouts = {
  /** Names the program's path, in place of all that follows. */
  readonly variable: string
  /** Where `.ci/run` puts it, inside the repository; on PATH when absent. */
  readonly built?: string
  /** How to get it. */
  readonly get: string
}

const debian = (name: string): string => `apt-get install ${name}`
const ciRun = 'run .ci/run once, which'

const tools: Readonly<Record<Tool, Whereabouts>> = {
  skopeo: { variable: 'TEKTON_ENTRA_SKOPEO', get: debian('skopeo') },
  'docker-registry': { variable: 'TEKTON_ENTRA_DOCKER_REGISTRY', get: debian('docker-registry') },
  openssl: { variable: 'TEKTON_ENTRA_OPENSSL', get: debian('openssl') },
  crane: {
    variable: 'TEKTON_ENTRA_CRANE',
    built: 'build/tools/crane',
    get: `${ciRun} builds it from test/foreign/go.mod`,
  },
  conformance: {
    variable: 'TEKTON_ENTRA_CONFORMANCE',
    built: 'build/tools/conformance',
    get: `${ciRun} builds OCI's conformance suite from test/foreign/go.mod`,
  },
  // Not one of PATH: it would lack the clients of requirements.txt, or have others than those pinned.
  python: {
    variable: 'TEKTON_ENTRA_PYTHON',
    built: '.venv/bin/python',
    get: `${ciRun} makes .venv from test/foreign/requirements.txt`,
  },
}

/** Where the tool is: what its variable says, else where it was built, else on PATH. Undefined when it is nowhere. */
export function findTool(tool: Tool, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { variable, built } = tools[tool]
  const said = environment[variable] ?? ''
  if (said !== '') return existsSync(said) ? said : undefined
  const folders =
    built === undefined ? (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '') : []
  const places = built === undefined ? folders.map((folder) => join(folder, tool)) : [join(root, built)]
  return places.find((place) => existsSync(place))
}

/** Path of a tool that must be there. */
export function toolPath(tool: Tool): string {
  const path = findTool(tool)
  if (path === undefined) throw new Error(reasonToSkip([tool]))
  return path
}

/** Skips the running test where one of these tools is absent; the reporter says why and what to do. */
export function skipWithout({ skip }: Pick<TestContext, 'skip'>, ...needed: readonly Tool[]): void {
  const absent = needed.filter((tool) => findTool(tool) === undefined)
  if (absent.length > 0) skip(reasonToSkip(absent))
}

function reasonToSkip(absent: readonly Tool[]): string {
  return absent.map((tool) => `no ${tool} here: ${tools[tool].get}, or set ${tools[tool].variable}`).join('; ')
}
