import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'vitest'
import { programsFolder } from '../cluster/kubernetes-programs.ts'
import { root } from '../contract/repository.ts'

/** A program that nobody here wrote. */
export type Tool =
  | 'skopeo'
  | 'tar'
  | 'docker-registry'
  | 'distribution'
  | 'olareg'
  | 'buildah'
  | 'runc'
  | 'apt-get'
  | 'aarch64-linux-gnu-strip'
  | 'openssl'
  | 'crane'
  | 'regctl'
  | 'oras'
  | 'docker-credential-ecr-login'
  | 'conformance'
  | 'python'
  | 'aws'
  | 'az'
  | 'kubectl'
  | 'git'
  | 'terraform-login'

type Whereabouts = {
  /** Names the program's path, in place of all that follows. */
  readonly variable: string
  /** Where `.ci/run` puts it, inside the repository; on PATH when absent. */
  readonly built?: string
  /** Where else it may be. */
  readonly kept?: (environment: NodeJS.ProcessEnv) => string
  /** How to get it. */
  readonly get: string
}

const debian = (name: string): string => `apt-get install ${name}`
const ciRun = 'run .ci/run once, which'

const built = (variable: string, program: string, module = 'test/foreign'): Whereabouts => ({
  variable,
  built: `build/tools/${program}`,
  get: `${ciRun} builds it from ${module}/go.mod`,
})

// Not those of PATH: they would lack the packages of requirements.txt, or have others than those pinned.
const pinned = (variable: string, program: string): Whereabouts => ({
  variable,
  built: `.venv/bin/${program}`,
  get: `${ciRun} makes .venv from test/foreign/requirements.txt`,
})

const tools: Readonly<Record<Tool, Whereabouts>> = {
  skopeo: { variable: 'TEKTON_ENTRA_SKOPEO', get: debian('skopeo') },
  git: { variable: 'TEKTON_ENTRA_GIT', get: debian('git') },
  tar: { variable: 'TEKTON_ENTRA_TAR', get: debian('tar') },
  'docker-registry': { variable: 'TEKTON_ENTRA_DOCKER_REGISTRY', get: debian('docker-registry') },
  // CNCF distribution 3, whose program has the plain name `registry`; Debian's is 2.8.
  distribution: built('TEKTON_ENTRA_DISTRIBUTION', 'registry'),
  olareg: built('TEKTON_ENTRA_OLAREG', 'olareg'),
  buildah: { variable: 'TEKTON_ENTRA_BUILDAH', get: debian('buildah') },
  runc: { variable: 'TEKTON_ENTRA_RUNC', get: debian('runc') },
  'apt-get': { variable: 'TEKTON_ENTRA_APT_GET', get: 'run this on Debian 12' },
  'aarch64-linux-gnu-strip': { variable: 'TEKTON_ENTRA_CROSS_STRIP', get: debian('binutils-aarch64-linux-gnu') },
  openssl: { variable: 'TEKTON_ENTRA_OPENSSL', get: debian('openssl') },
  crane: built('TEKTON_ENTRA_CRANE', 'crane'),
  regctl: built('TEKTON_ENTRA_REGCTL', 'regctl'),
  oras: built('TEKTON_ENTRA_ORAS', 'oras'),
  'docker-credential-ecr-login': built('TEKTON_ENTRA_ECR_LOGIN', 'docker-credential-ecr-login'),
  // How Terraform's providers log in.
  'terraform-login': built('TEKTON_ENTRA_TERRAFORM_LOGIN', 'terraform-login', 'test/foreign/terraform'),
  // OCI's conformance suite.
  conformance: built('TEKTON_ENTRA_CONFORMANCE', 'conformance'),
  python: pinned('TEKTON_ENTRA_PYTHON', 'python'),
  aws: pinned('TEKTON_ENTRA_AWS', 'aws'),
  az: pinned('TEKTON_ENTRA_AZ', 'az'),
  // The one that the cluster of this machine is built with, or any.
  kubectl: {
    variable: 'TEKTON_ENTRA_KUBECTL',
    kept: (environment) => join(programsFolder(environment), 'kubectl'),
    get: 'npm run cluster -- up builds one',
  },
}

/** Where the tool is: what its variable says, else where it was built, else on PATH. Undefined when it is nowhere. */
export function findTool(tool: Tool, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { variable, built: place, kept } = tools[tool]
  const said = environment[variable] ?? ''
  if (said !== '') return existsSync(said) ? said : undefined
  const folders =
    place === undefined ? (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '') : []
  const places = place === undefined ? folders.map((folder) => join(folder, tool)) : [join(root, place)]
  return [...(kept === undefined ? [] : [kept(environment)]), ...places].find((path) => existsSync(path))
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
