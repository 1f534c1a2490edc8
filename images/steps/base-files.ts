import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unpackDebianPackage, type DebianPackage } from './debian-files.ts'
import type { Platform } from './platforms.ts'

/** What a program without a shell, a terminal and other locales never opens. Licences (`copyright`) stay. */
const unused = (triple: string): readonly string[] => [
  'etc/default',
  'etc/issue',
  'etc/issue.net',
  'etc/profile.d',
  'etc/skel',
  'etc/update-motd.d',
  // Character sets for C's iconv; Node has its own.
  `usr/lib/${triple}/gconv`,
  `usr/lib/${triple}/audit`,
  'usr/sbin/update-ca-certificates',
  'usr/share/base-files',
  'usr/share/bug',
  'usr/share/gcc',
  'usr/share/gdb',
  'usr/share/info',
  'usr/share/lintian',
  'usr/share/man',
  // Anyone could write there.
  'var/lock',
]

/** Accounts as distroless has them. A uid that is not listed works too: OpenShift assigns its own. */
const accounts: Readonly<Record<string, string>> = {
  'etc/passwd': [
    'root:x:0:0:root:/root:/sbin/nologin',
    'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin',
    'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin',
    '',
  ].join('\n'),
  'etc/group': ['root:x:0:', 'tty:x:5:', 'nobody:x:65534:', 'nonroot:x:65532:', ''].join('\n'),
  // So that a pod's hostAliases come before its DNS.
  'etc/nsswitch.conf': 'hosts: files dns\n',
}

/** Puts the base of a distroless image into `folder`: the packages' files, accounts, CA certificates, and what scanners read. */
export async function writeBaseFiles(
  platform: Platform,
  packages: readonly DebianPackage[],
  folder: string,
): Promise<void> {
  await mkdir(join(folder, 'home/nonroot'), { recursive: true })
  for (const entry of packages) await unpackDebianPackage(entry, folder)
  for (const path of unused(platform.triple)) await rm(join(folder, path), { recursive: true, force: true })
  await keepLicensesOnly(join(folder, 'usr/share/doc'))
  for (const [path, text] of Object.entries(accounts)) await write(folder, path, text)
  await write(folder, 'etc/ssl/certs/ca-certificates.crt', await allCertificates(folder))
  // Where distroless has it, and where Trivy, Grype and Syft look for the packages of an image without dpkg.
  for (const { name, control } of packages) await write(folder, `var/lib/dpkg/status.d/${name}`, control)
}

/** Takes away the documentation of packages but for `copyright`. */
export async function keepLicensesOnly(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name !== 'copyright') await rm(join(entry.parentPath, entry.name))
  }
}

/** What the package's own script would write, had it been run: every certificate that it brings. */
async function allCertificates(folder: string): Promise<string> {
  const authorities = join(folder, 'usr/share/ca-certificates/mozilla')
  const files = (await readdir(authorities)).filter((name) => name.endsWith('.crt')).toSorted()
  return (await Promise.all(files.map(async (name) => await readFile(join(authorities, name), 'utf8')))).join('')
}

async function write(folder: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}
