export const isolationHeaders: Readonly<Record<string, string>>;
export const contentSecurityPolicy: string;
