/** The longest that a session lives which was assumed from another session, whatever the role allows (AWS STS API reference). */
export const longestChainedSeconds = 3600
