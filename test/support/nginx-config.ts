/** The file that nginx is started with: a frame, and the documented lines or none. */
import { fileURLToPath } from 'node:url'

export interface NginxSite {
  /** The server behind it: `http://127.0.0.1:<port>`. */
  upstream: string
  /**
   * `documented`: docs/nginx.conf, the file itself. `buffering`: nginx as it is, in front of the app and told nothing.
   */
  config: 'documented' | 'buffering'
  /** More lines for all of its sites, as other people may have put there. */
  http?: string
  /** More lines for the only location of `buffering`. */
  location?: string
  /** HTTP/2 without TLS, for clients that need not be told. */
  http2?: boolean
}

export interface NginxPlace {
  port: number
  folder: string
  /** Whom its workers run as, where it may choose. */
  user?: string | undefined
}

const DOCUMENTED = fileURLToPath(new URL('../../docs/nginx.conf', import.meta.url))
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

export function nginxConfig(site: NginxSite, { port, folder, user }: NginxPlace): string {
  const { upstream, config, http = '', location = '', http2 = false } = site
  // 1.0 is what nginx speaks to an app unless it is told otherwise, up to version 1.29.6.
  const version = location.includes('proxy_http_version') ? '' : 'proxy_http_version 1.0;'
  const locations = {
    documented: `include "${DOCUMENTED}";`,
    buffering: `location / { proxy_pass http://app; ${version} ${location} }`,
  }
  return `
daemon off;
${user ? `user ${user};` : ''}
worker_processes 1;
pid "${folder}/pid";
error_log "${folder}/error.log" info;
events { worker_connections 256; }
http {
  access_log off;
  ${TEMPORARY.map((name) => `${name}_temp_path "${folder}/${name}";`).join('\n  ')}
  proxy_cache_path "${folder}/cache" keys_zone=cache:1m;
  ${http}
  upstream app { server ${new URL(upstream).host}; }
  server {
    listen 127.0.0.1:${port}${http2 ? ' http2' : ''};
    ${locations[config]}
  }
}
`
}
