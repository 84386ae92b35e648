import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * The dashboard needs nothing but its own files. HTTPS is not forced: the dashboard lives on the loopback interface
 * without TLS, and a Strict-Transport-Security for `localhost` would bind every other program that serves there.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: true,
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
}
