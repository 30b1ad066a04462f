/** Namespace that all embedded servers use. */
export const embeddedNamespace = 'runbook';
