/**
 * A style sheet for the inside of the elements. An operation gets two columns, so that the page has three panes:
 * operations, the request, and samples with responses. On a phone, which shows all operations
 * on one page, they come before servers and authentication, and the overview has no links to them.
 */
export const innerStyle = `
.operations-root { display: flex; flex-direction: column; }
.operations-root > #servers, .operations-root > #auth { order: 1; }
#overview .m-markdown { margin-top: 12px; }
#overview .m-markdown a { text-decoration: underline; }
.nav-bar-section { padding-left: 14px; }
.m-markdown table { display: block; overflow-x: auto; }
.resp-headers + table { display: block; overflow-x: auto; }
.resp-headers + table td:nth-child(2), .resp-headers + table td:nth-child(4) { display: none; }
.resp-headers + table p { overflow-wrap: break-word; }
.toolbar-copy-btn + pre { padding: 40px 8px 8px; }
:focus-visible { outline: 2px solid currentcolor !important; outline-offset: -2px; }
.m-btn.primary:hover, .m-btn.primary:focus-visible { color: var(--primary-btn-text-color); }
@media (max-width: 767px) { #overview hr, #overview hr ~ * { display: none; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media (min-width: 1100px) {
  .nav-bar { width: 260px; }
  .expanded-endpoint-body { display: grid; grid-template-columns: minmax(0, 6fr) minmax(0, 5fr); column-gap: 32px; }
  .expanded-endpoint-body > * { grid-column: 1; min-width: 0; }
  .expanded-endpoint-body > .tag-link { display: none; }
  .expanded-endpoint-body > .table-title { grid-column: 2; grid-row: 1 / span 9; }
  .expanded-req-resp-container { grid-column: 1 / -1; display: grid; grid-template-columns: subgrid; }
}`;
