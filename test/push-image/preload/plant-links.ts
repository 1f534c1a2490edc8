import { linkSync, mkdirSync, symlinkSync } from 'node:fs'

// Preloaded into a step program by a test: what another container of the pod may have put where a result belongs.
const { PLANT_KIND: kind, PLANT_TARGET: target = '', PLANT_AT: variable = '' } = process.env
const place = process.env[variable] ?? ''

if (kind === 'link') symlinkSync(target, place)
if (kind === 'hard link') linkSync(target, place)
if (kind === 'folder') mkdirSync(place)
