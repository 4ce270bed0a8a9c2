package flow

// The codes of uploading and registering: what an index says against a file, by kind.
const (
	CodeUploadToken           = "upload.token"
	CodeUploadPassword        = "upload.password"
	CodeUploadProject         = "upload.project" // the account may not upload to it
	CodeUploadScope           = "upload.scope"   // the token is for other projects
	CodeUploadExpired         = "upload.expired"
	CodeUploadAccount         = "upload.account"   // no verified address, no second factor
	CodeUploadPublisher       = "upload.publisher" // of another project
	CodeUploadReadOnly        = "upload.read-only"
	CodeUploadName            = "upload.name"
	CodeUploadStdlib          = "upload.name-stdlib"
	CodeUploadSimilar         = "upload.name-similar"
	CodeUploadTaken           = "upload.name-taken"
	CodeUploadProjectRate     = "upload.project-rate"
	CodeUploadMetadataVersion = "upload.metadata-version"
	CodeUploadLocal           = "upload.local-version"
	CodeUploadDirectURL       = "upload.direct-url"
	CodeUploadMetadata        = "upload.metadata"
	CodeUploadDescription     = "upload.description"
	CodeUploadExists          = "upload.exists"  // other bytes under the name
	CodeUploadDeleted         = "upload.deleted" // the name is used up
	CodeUploadOld             = "upload.old"     // the release is closed
	CodeUploadSdist           = "upload.sdist"   // there is another
	CodeUploadFilename        = "upload.filename"
	CodeUploadPlatform        = "upload.platform"
	CodeUploadSize            = "upload.size"
	CodeUploadProjectSize     = "upload.project-size"
	CodeUploadDigest          = "upload.digest"
	CodeUploadArchive         = "upload.archive"
	CodeUploadAddress         = "upload.address"
	CodeUploadRegister        = "upload.register"
	CodeUploadRate            = "upload.rate"
	CodeUploadServer          = "upload.server"
	CodeUploadRefused         = "upload.refused"   // for a reason that we have no name for
	CodeUploadUncertain       = "upload.uncertain" // no answer came
	CodeUploadPlain           = "upload.plain-http"
	CodeUploadNone            = "upload.none"    // no distribution to send
	CodeUploadFile            = "upload.file"    // it is no distribution
	CodeUploadMixed           = "upload.mixed"   // of several releases
	CodeUploadChanged         = "upload.changed" // since it was looked at

	CodeRegisterTaken       = "register.taken" // the name is another's
	CodeRegisterWhose       = "register.whose" // nobody can say whose it is
	CodeRegisterHidden      = "register.quarantined"
	CodeRegisterName        = "register.name"        // no index would take it
	CodeRegisterPending     = "register.pending"     // a person has to enter it
	CodeRegisterIgnored     = "register.ignored"     // the index answered 200 and did nothing
	CodeRegisterPlaceholder = "register.placeholder" // nothing but a name would be uploaded
)
