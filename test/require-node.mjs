// The repository brings its own Node 24 on Linux x64 and arm64. Elsewhere the one on the path must be new enough.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(`tekton-entra needs Node 24 or newer; this is ${process.version}. Install it, then try again.\n`)
  process.exit(1)
}
