// Keys and tokens made once with the openssl program; the private halves were thrown away.
enum TokenFixtures {
    /// An RSA key `r1`, a P-256 key `e1`, one for encryption and one of a kind that is not read.
    static let keys =
        #"{"keys":[{"kty":"RSA","kid":"r1","use":"sig","alg":"RS256","n":"tAQ-JduuUmkXyJbo6ePVEjs254"#
        + #"sJr3Mch4TFcKF79qKmgEQngr8QxCuoukXqRnjXWMuzsEUfi-oP73urCCbkPDshHGKVRQauvtkonS7AAco1sC-bb7MD"#
        + #"ke45FdG-rhQBUULAq7Dr7V4TyWy9e2mJbBKBDs_6VkVl_kgsTWvxCamn2EpAkSEVTebA4ioF2V_ktZ1W6i8T_eAr0-"#
        + #"Zcd2C-ii97e-EZQoq5cd6MxA5ekXHj_ll8Du1-pgyDkvdbo64lvaTqyi8WV9MULE0Fwo_Zl5kkAtL6bCD3eZh7O5H4"#
        + #"lR6J_KG8adwpZ1n1HNlnqejF3c-nyhQxSEns1YijAAaZfw","e":"AQAB"},{"kty":"EC","kid":"e1","crv":""#
        + #"P-256","x":"bDy2ZOfSnokdh0kH-_hDVUlxj9kdMw2MEi0kLyTJs1M","y":"S69ietIaYNl9basvHrbW6crlqSZi"#
        + #"EVera3PKOA3J2Ls"},{"kty":"RSA","kid":"enc","use":"enc","n":"tAQ-JduuUmkXyJbo6ePVEjs254sJr3"#
        + #"Mch4TFcKF79qKmgEQngr8QxCuoukXqRnjXWMuzsEUfi-oP73urCCbkPDshHGKVRQauvtkonS7AAco1sC-bb7MDke45"#
        + #"FdG-rhQBUULAq7Dr7V4TyWy9e2mJbBKBDs_6VkVl_kgsTWvxCamn2EpAkSEVTebA4ioF2V_ktZ1W6i8T_eAr0-Zcd2"#
        + #"C-ii97e-EZQoq5cd6MxA5ekXHj_ll8Du1-pgyDkvdbo64lvaTqyi8WV9MULE0Fwo_Zl5kkAtL6bCD3eZh7O5H4lR6J"#
        + #"_KG8adwpZ1n1HNlnqejF3c-nyhQxSEns1YijAAaZfw","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","kid""#
        + #":"o","x":"AAAA"}]}"#

    /// Of acme's alice until 2100, for tollbook among others; signed with `r1`.
    static let rs256 =
        #"eyJhbGciOiJSUzI1NiIsImtpZCI6InIxIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tIiwiYXVkIj"#
        + #"pbIm90aGVyIiwidG9sbGJvb2siXSwic3ViIjoiYWxpY2UiLCJleHAiOjQxMDI0NDQ4MDAsIm5iZiI6MTcwMDAwMDAw"#
        + #"MCwib3JnIjp7InRlbmFudCI6ImFjbWUifSwidGVhbSI6InNlYXJjaCJ9.rnCmrQMAs74eiMfjfhuSN7JvbvUC7fBvO"#
        + #"EWftHoS-fxtMJxb5p5GP8UWOYdDIc6Xilhzh4IPxtczO-eXlKNKt8NvvufEXtChD9NoflliANZhjykHvYc3reve_QP"#
        + #"7oEzZ8gded_GDjGYxSJpve4eCHMGcgj4s8R3_auHQL09bfJBBv4W8doHcV5u4bW20f_C6xBCbtdJnkzp2QDdMVG2H7"#
        + #"wutS8uH0VPQcGL3xBeXEFX9ftxlfEL43Q3mxw7wtHDS1cRYyQkRyRfQCVSs7Z3ZGAgaaEZZnq-UoII1egj-Xyo7TQY"#
        + #"wF_TXwGXWPU87fYOzPMnrvPRVnqoyPwGjdVru0A"#

    /// The same, signed with `e1`.
    static let es256 =
        #"eyJhbGciOiJFUzI1NiIsImtpZCI6ImUxIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tIiwiYXVkIj"#
        + #"pbIm90aGVyIiwidG9sbGJvb2siXSwic3ViIjoiYWxpY2UiLCJleHAiOjQxMDI0NDQ4MDAsIm5iZiI6MTcwMDAwMDAw"#
        + #"MCwib3JnIjp7InRlbmFudCI6ImFjbWUifSwidGVhbSI6InNlYXJjaCJ9.o6cMYbmAR9lbwc5w4cW7vI_p0WRRBSxBU"#
        + #"iDa7cN3-hCEypbLpPln4mFcgEILuL5ePB-urGQDfdvHISmeeaWmhg"#

    /// The public half of `r1` as a file, which an attacker has too.
    static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtAQ+JduuUmkXyJbo6ePV
        Ejs254sJr3Mch4TFcKF79qKmgEQngr8QxCuoukXqRnjXWMuzsEUfi+oP73urCCbk
        PDshHGKVRQauvtkonS7AAco1sC+bb7MDke45FdG+rhQBUULAq7Dr7V4TyWy9e2mJ
        bBKBDs/6VkVl/kgsTWvxCamn2EpAkSEVTebA4ioF2V/ktZ1W6i8T/eAr0+Zcd2C+
        ii97e+EZQoq5cd6MxA5ekXHj/ll8Du1+pgyDkvdbo64lvaTqyi8WV9MULE0Fwo/Z
        l5kkAtL6bCD3eZh7O5H4lR6J/KG8adwpZ1n1HNlnqejF3c+nyhQxSEns1YijAAaZ
        fwIDAQAB
        -----END PUBLIC KEY-----

        """
}
