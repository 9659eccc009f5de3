import DefaultTheme from 'vitepress/theme-without-fonts';
import { h } from 'vue';
import VersionSelect from './VersionSelect.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, {
    'nav-bar-content-before': () => h(VersionSelect),
    'nav-screen-content-before': () => h(VersionSelect),
  }),
};
