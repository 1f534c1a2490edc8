/** One flaw that a scan finds. */
export type ScanFinding = {
  readonly name: string
  readonly severity: 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' | 'INFORMATIONAL' | 'UNDEFINED' | 'UNTRIAGED'
  readonly description?: string
  readonly uri?: string
}

/** How a repository's images are scanned. */
export type RepositoryScanning = {
  /** `enhanced` begins with the push, goes on for good and cannot be started by hand. Default `basic`. */
  readonly mode?: 'basic' | 'enhanced'
  /** Seconds that a scan takes. Default 0. */
  readonly seconds?: number
  /** What it ends as. Default: COMPLETE, and ACTIVE in enhanced mode. */
  readonly outcome?: ScanOutcome
}

/** Ends of a scan (ECR API, ImageScanStatus). */
export type ScanOutcome =
  | 'COMPLETE'
  | 'ACTIVE'
  | 'FAILED'
  | 'UNSUPPORTED_IMAGE'
  | 'SCAN_ELIGIBILITY_EXPIRED'
  | 'FINDINGS_UNAVAILABLE'
  | 'LIMIT_EXCEEDED'
  | 'IMAGE_ARCHIVED'

/** How managed signing goes with one signing profile. */
export type ImageSigning = {
  readonly signingProfileArn: string
  readonly status: 'COMPLETE' | 'FAILED' | 'IN_PROGRESS'
  /** Seconds after the push in which it is IN_PROGRESS whatever `status` says. Default 0. */
  readonly seconds?: number
  /** Only of FAILED. */
  readonly failureCode?: string
  readonly failureReason?: string
}
