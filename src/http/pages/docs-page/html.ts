import type { AssetName } from './assets.js';

/**
 * The page itself. Every address in it is relative, so that it works behind any path prefix.
 *
 * @param assetUrl - the URL of one of the page's files, relative to the page
 * @param root - where the contract is, relative to the page
 */
export function docsHtml(assetUrl: (name: AssetName) => string, root: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Payments API</title>
<link rel="icon" type="image/png" href="${assetUrl('favicon-32x32.png')}">
<link rel="stylesheet" href="${assetUrl('swagger-ui.css')}">
<script defer src="${assetUrl('swagger-ui-bundle.js')}"></script>
<script defer src="${assetUrl('initializer.js')}"></script>
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript. The contract itself: <a href="${root}openapi.yml">openapi.yml</a>, <a href="${root}openapi.json">openapi.json</a>.</noscript>
</body>
</html>
`;
}
