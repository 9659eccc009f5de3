// The documentation as a site: docs/*.md as they are, which GitHub shows, too. docs/README.md is its first page, and its lists are the sidebar.
import { cpSync, existsSync, readFileSync, rmSync, statSync, watch } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const repositoryUrl = 'https://github.com/ec2runners/operator';
const repository = fileURLToPath(new URL('../../', import.meta.url));
const docs = resolve(repository, 'docs');

// Pages import packages of the site, which node looks for above their folder; so they are copied below it.
const pages = fileURLToPath(new URL('../.pages', import.meta.url));
const copy = () => cpSync(docs, pages, { recursive: true });
rmSync(pages, { recursive: true, force: true });
copy();
if (process.argv.includes('dev')) {
  watch(docs, { recursive: true }, copy);
}

// A tag v1.2.3 is built for the folder v1.2, anything else for main; scripts/publish-docs puts the folders beside each other.
const tag = process.env.DOCS_TAG ?? '';
const version = /^v\d+\.\d+/.exec(tag)?.[0] ?? 'main';
const root = process.env.DOCS_ROOT ?? '/operator/';

// "## Group" and "- [Title](page.md)": the first link of an item is its page.
function sidebar() {
  const groups = [];
  for (const line of readFileSync(resolve(docs, 'README.md'), 'utf8').split('\n')) {
    const heading = /^## (.+)$/.exec(line);
    const item = /^- \[([^\]]+)\]\(([^):]+)\.md\)/.exec(line);
    if (heading) {
      groups.push({ text: heading[1], items: [] });
    } else if (item) {
      groups.at(-1).items.push({ text: item[1], link: item[2].startsWith('../') ? link(`${item[2]}.md`, resolve(docs, 'README.md')) : `/${item[2].replace(/(^|\/)README$/, '$1')}` });
    }
  }
  return groups.filter(group => group.items.length > 0);
}

// Links that GitHub resolves within the repository lead there when their target is not a page of the site.
function link(href, page) {
  if (/^(\w+:|#|\/)/.test(href)) {
    return href;
  }
  const [path, anchor] = href.split('#');
  const target = resolve(dirname(page), path);
  if (!relative(docs, target).startsWith('..')) {
    return href.replace(/README\.md/, 'index.md');
  }
  const kind = existsSync(target) && statSync(target).isDirectory() ? 'tree' : 'blob';
  return `${repositoryUrl}/${kind}/${tag || 'main'}/${relative(repository, target)}${anchor ? `#${anchor}` : ''}`;
}

// Vue would take what stands between two braces, as in ${{ github.run_id }}, for its own.
function keepBraces(markdown) {
  const keep = html => html.replaceAll('{{', '&#123;&#123;');
  const { text } = markdown.renderer.rules;
  markdown.renderer.rules.text = (...given) => keep(text(...given));
  markdown.renderer.rules.code_inline = (tokens, index) => `<code>${keep(markdown.utils.escapeHtml(tokens[index].content))}</code>`;
}

function rewriteLinks(markdown) {
  markdown.core.ruler.push('repository-links', state => {
    for (const token of state.tokens.flatMap(block => block.children ?? []).filter(child => child.type === 'link_open')) {
      token.attrSet('href', link(token.attrGet('href'), resolve(docs, relative(pages, state.env.realPath ?? state.env.path))));
    }
  });
}

export default defineConfig({
  title: 'ec2runners',
  description: 'GitHub Actions runners on EC2, declared as Kubernetes resources',
  lang: 'en',
  base: `${root}${version}/`,
  srcDir: '.pages',
  outDir: process.env.DOCS_OUTPUT ?? '../artifacts/site',
  cacheDir: '../artifacts/site-cache',
  rewrites: { 'README.md': 'index.md', 'runbooks/README.md': 'runbooks/index.md' },
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${root}${version}/logo.svg` }]],
  lastUpdated: false,
  ignoreDeadLinks: [/^http:\/\/localhost/],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: markdown => {
      rewriteLinks(markdown);
      keepBraces(markdown);
    },
    // As GitHub makes them, so that links with anchors lead to the same place in both.
    anchor: { slugify: text => text.trim().toLowerCase().replace(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-') },
  },
  vite: {
    publicDir: fileURLToPath(new URL('../public', import.meta.url)),
    define: { __DOCS_ROOT__: JSON.stringify(root), __DOCS_VERSION__: JSON.stringify(version) },
  },
  themeConfig: {
    logo: '/logo.svg',
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    editLink: { pattern: `${repositoryUrl}/edit/main/docs/:path`, text: 'Edit this page on GitHub' },
    socialLinks: [{ icon: 'github', link: repositoryUrl }],
    nav: [
      { text: 'Start', link: '/laptop' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: 'Changes', link: `${repositoryUrl}/blob/${tag || 'main'}/CHANGELOG.md` },
    ],
    footer: { message: 'MIT License' },
  },
});
