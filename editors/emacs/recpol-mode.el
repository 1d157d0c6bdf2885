;;; recpol-mode.el --- policies for the recording of calls  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))
;; Keywords: languages, tools

;;; Commentary:

;; A mode for `.recpol' files: colours, comments, and recpol's language server by eglot.
;;
;;   (require 'recpol-mode)
;;   (add-hook 'recpol-mode-hook #'eglot-ensure)

;;; Code:

;; begin: words, written by `make generate`
(defconst recpol-keywords
  '(
  "all" "always" "amd" "announce" "answer" "answers" "barge" "because" "before"
  "begin" "call" "cli" "conference" "connect" "continue" "cookie" "credentials"
  "custom" "dial-timeout" "digits" "direction" "dtmf" "dtmf-max-digits"
  "dtmf-mode" "dtmf-timeout" "encrypted" "end" "env" "every" "except" "format"
  "hangup" "header" "hold" "in" "indications" "intro" "invalid" "keep" "key"
  "locale" "max-duration" "menu" "moh" "never" "notify" "on" "only" "opt-out"
  "pack" "park" "phase" "play" "policy" "prompt" "readers" "record" "recording"
  "recordings" "refuse" "region" "repeat" "rules" "sample-rate" "say" "ssml"
  "store" "suppress-callbacks" "target" "timeout" "times" "to" "tones"
  "transcribe" "transport" "unique" "up" "url" "use" "voice" "wait")
  "The keywords of recpol.")
;; end: words

(defvar eglot-server-programs)

(defgroup recpol nil
  "Policies for the recording of calls."
  :group 'languages)

(defcustom recpol-command '("recpol" "lsp")
  "What starts the language server."
  :type '(repeat string))

(defvar recpol-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?- "_" table)
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?@ "'" table)
    table)
  "What the signs of recpol are.")

(defconst recpol-font-lock-keywords
  `(("\\_<\\([a-z][a-z0-9-]*\\)[ \t]*:" 1 font-lock-function-name-face)
    ("@[a-z][a-z0-9-]*" . font-lock-type-face)
    ("\\_<[a-z]\\{2,3\\}-[A-Z][A-Za-z]+\\(?:-[A-Za-z]+\\)*" . font-lock-constant-face)
    ("\\_<[0-9]+[A-Za-z]*\\_>\\|\\+[0-9]+" . font-lock-constant-face)
    (,(regexp-opt recpol-keywords 'symbols) . font-lock-keyword-face)
    ("{{[^{}\"\n]*}}" 0 font-lock-variable-name-face t))
  "The colours of recpol.")

(defun recpol-indent-line ()
  "Indent by the braces that are open: two blanks for each."
  (let ((depth (save-excursion
                 (back-to-indentation)
                 (- (car (syntax-ppss)) (if (looking-at "}") 1 0)))))
    (save-excursion (indent-line-to (* 2 (max 0 depth))))
    (when (< (current-column) (current-indentation))
      (back-to-indentation))))

;;;###autoload
(define-derived-mode recpol-mode prog-mode "recpol"
  "Mode for policies of recpol."
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+[ \t]*")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'recpol-indent-line)
  (setq-local font-lock-defaults '(recpol-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.recpol\\'" . recpol-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs (cons 'recpol-mode recpol-command)))

(provide 'recpol-mode)
;;; recpol-mode.el ends here
